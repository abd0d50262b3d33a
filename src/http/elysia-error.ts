import type { ValidationError } from 'elysia'
import { AppError, type FieldError } from '../errors.ts'
import { fieldErrors } from '../errors-of-fields.ts'
import { allowedMethods } from './allowed-methods.ts'

type Routes = Parameters<typeof allowedMethods>[0]

/** What a process answers. */
export interface Served {
  /** Whether its roles have `api`. */
  api: boolean
  routes: Routes
}

/** Elysia's own failures in our words; anything else is returned as it came. */
export function fromElysia(code: string | number, error: unknown, request: Request, served: () => Served): unknown {
  switch (code) {
    case 'VALIDATION':
      return invalid(error as ValidationError, request) // Elysia's code says which class it is
    case 'NOT_FOUND':
      return noRoute(request, served())
    case 'PARSE':
      // What a parser of ours threw is inside.
      return error instanceof Error && error.cause instanceof AppError
        ? error.cause
        : new AppError('malformed_body', 'The body cannot be read.', { cause: error })
    default:
      return error
  }
}

function noRoute({ method, url }: Request, { api, routes }: Served): AppError {
  const { pathname } = new URL(url)
  const allow = allowedMethods(routes, pathname)
  // A balancer may take a worker for a replica of the API for a moment, when addresses are given anew: to a client that
  // asks for its run, `not_found` would be the end of it.
  if (allow.length === 0 && !api) {
    const message = 'The process that was asked does not serve the API: its ROLES are without `api`.'
    return new AppError('unavailable', message, { retryAfterSeconds: 1 })
  }
  if (allow.length === 0) return new AppError('not_found', `There is no ${method} ${pathname}.`)
  return new AppError('method_not_allowed', `${pathname} has ${allow.join(', ')}, not ${method}.`, { allow })
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
  const issues = error.all.filter(issue => 'schema' in issue)
  const errors = fieldErrors(issues, where).map(fault => ({ ...fault, path: fault.path || fieldOf(error, request) }))
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
