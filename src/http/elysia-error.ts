import type { ValidationError } from 'elysia'
import { AppError, type FieldError } from '../errors.ts'

/** Elysia's own failures in our words; anything else is returned as it came. */
export function fromElysia(code: string | number, error: unknown, request: Request): unknown {
  switch (code) {
    case 'VALIDATION':
      return invalid(error as ValidationError, request) // Elysia's code says which class it is
    case 'NOT_FOUND':
      return new AppError('not_found', `There is no ${request.method} ${new URL(request.url).pathname}.`)
    case 'PARSE':
      // What a parser of ours threw is inside.
      return error instanceof Error && error.cause instanceof AppError
        ? error.cause
        : new AppError('malformed_body', 'The body cannot be read.', { cause: error })
    default:
      return error
  }
}

const parts: Record<string, FieldError['in']> = {
  body: 'body',
  query: 'query',
  params: 'path',
  headers: 'header',
  // A number of the query that is out of its range: bodies have no fields that are converted.
  property: 'query',
}

function invalid(error: ValidationError, request: Request): AppError {
  const where = parts[error.type]
  // An answer of ours that does not fit its schema is our fault.
  if (!where)
    return new AppError('internal', 'An internal error. The log has more under this request id.', { cause: error })
  const errors: FieldError[] = error.all.flatMap(issue =>
    'path' in issue
      ? [{ in: where, path: issue.path || fieldOf(error, request), message: issue.summary ?? issue.message }]
      : [],
  )
  const first = errors[0]
  const at = first?.path ? ` at ${first.path}` : ''
  return new AppError(
    'invalid_request',
    first ? `The ${where} is wrong${at}: ${first.message}` : `The ${where} is wrong.`,
    {
      errors,
    },
  )
}

/** Of a converted number Elysia tells the value alone. */
function fieldOf(error: ValidationError, request: Request): string {
  if (error.type !== 'property') return ''
  const fields = [...new URL(request.url).searchParams]
  const name = fields.find(([, text]) => Number(text) === error.value)?.[0]
  return name === undefined ? '' : `/${name}`
}
