import type { AppError } from '../../errors.ts'

/** Whatever is asked below this path is answered in OpenAI's words, failures too. */
export const openaiPath = '/openai/'

const typeOf = (status: number): string => {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

/** Failures of which the same request may go well later; its clients would try all of 5xx and 409 again by themselves. */
const passing = new Set(['rate_limited', 'unavailable', 'thread_busy', 'storage_full'])

const openaiError = ({ code, status, message, errors }: AppError) => ({
  error: {
    message,
    type: typeOf(status),
    // As `/messages/0/role` is `messages.0.role` there.
    param: errors?.[0]?.path.slice(1).replaceAll('/', '.') || null,
    code,
  },
})

export function openaiFailure(error: AppError): Response {
  const { code, status, retryAfterSeconds } = error
  return new Response(JSON.stringify(openaiError(error)), {
    // What does not fit its schema is 400 there.
    status: status === 422 ? 400 : status,
    headers: {
      'content-type': 'application/json',
      'x-should-retry': String(passing.has(code)),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
    },
  })
}
