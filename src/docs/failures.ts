import type { DocumentDecoration } from 'elysia'
import { AppError, type ErrorCode, errorStatus, type FieldError, notFound } from '../errors.ts'
import { problemBody } from '../http/problem.ts'
import { details, ownFailures, type Texts } from './failure-texts.ts'

/** Answers by status, in OpenAPI's words. */
export type Responses = NonNullable<DocumentDecoration['responses']>

/** What an operation is made of, as far as it decides how it can fail. */
export interface OperationForm {
  operationId: string
  method: string
  secured: boolean
  hasBody: boolean
  /** What the path names, with an example of such a name. */
  named: { what: string; example: string } | null
  queryFields: readonly string[]
  headerFields: readonly string[]
}

function codesOf(form: OperationForm): ErrorCode[] {
  const { queryFields, headerFields } = form
  const has = (fields: readonly string[], ...names: string[]) => names.some(name => fields.includes(name))
  const when = (condition: boolean, ...codes: ErrorCode[]) => (condition ? codes : [])
  return [
    ...when(form.hasBody, 'malformed_body'),
    ...when(has(queryFields, 'cursor', 'after') || has(headerFields, 'last-event-id'), 'invalid_cursor'),
    ...when(form.secured, 'unauthorized', 'forbidden'),
    ...when(form.named !== null, 'not_found'),
    ...when(has(headerFields, 'idempotency-key'), 'idempotency_mismatch', 'conflict'),
    ...when(form.hasBody, 'body_too_large', 'unsupported_media_type'),
    ...when(form.hasBody || queryFields.length > 0, 'invalid_request'),
    ...when(form.secured, 'rate_limited'),
    'internal',
    ...when(form.secured, 'unavailable'),
    ...when(form.method !== 'GET', 'storage_full'),
  ]
}

/** The failures of an operation as its OpenAPI responses. Those that many share are references to `sharedFailures`. */
export function failuresOf(form: OperationForm): Responses {
  const { named } = form
  const own: Texts = {
    ...(named && { not_found: notFound(named.what, named.example).message }),
    ...ownFailures[form.operationId],
  }
  const codes = new Set([...codesOf(form), ...Object.keys(own).filter(isErrorCode)])
  const byStatus = Map.groupBy(codes, code => errorStatus[code])
  return Object.fromEntries(
    [...byStatus].map(([status, together]) => {
      const [only] = together.length === 1 ? together : []
      const shared = only !== undefined && own[only] === undefined
      return [status, shared ? { $ref: `#/components/responses/${only}` } : answerOf(together, own)]
    }),
  )
}

function answerOf(codes: ErrorCode[], own: Texts): Responses[string] {
  const examples = codes.flatMap(code => (code === 'invalid_request' ? wrongFields : [problem(code, own[code])]))
  const titles = new Map(examples.map(({ code, title }) => [code, title]))
  return {
    description: [...titles].map(([code, title]) => `\`${code}\`: ${title}.`).join('  \n'),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        ...(examples.length === 1
          ? { example: examples[0] }
          : { examples: Object.fromEntries(examples.map(value => [value.errors?.[0]?.in ?? value.code, { value }])) }),
      },
    },
  }
}

const problem = (code: ErrorCode, detail: string = details[code], errors?: FieldError[]) =>
  problemBody(new AppError(code, detail, errors && { errors }), 'req_01a20ac7649a76dda24a615a0f5cec06')

const wrongFields = [
  problem('invalid_request', undefined, [{ in: 'body', path: '/input', message: "Property 'input' is missing" }]),
  problem('invalid_request', 'The query is wrong at /limit: Expected integer to be greater or equal to 1', [
    { in: 'query', path: '/limit', message: 'Expected integer to be greater or equal to 1' },
  ]),
]

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorStatus, text)
}

/** Failures as answers for `components.responses`. */
export const sharedFailures: Responses = Object.fromEntries(
  Object.keys(errorStatus)
    .filter(isErrorCode)
    .map(code => [code, answerOf([code], {})]),
)
