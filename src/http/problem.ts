import { databaseFailure } from '../db/failure.ts'
import { AppError, type ErrorCode } from '../errors.ts'

const titles: Record<ErrorCode, string> = {
  invalid_request: 'The request does not fit its schema',
  malformed_body: 'The body cannot be read',
  invalid_cursor: 'The cursor is not valid',
  unauthorized: 'A valid key is needed',
  forbidden: 'The key may not do this',
  not_found: 'There is no such thing',
  method_not_allowed: 'The route has no such method',
  conflict: 'The present state does not allow it',
  idempotency_mismatch: 'The idempotency key was used for another request',
  thread_busy: 'The thread has an unfinished run',
  body_too_large: 'The body is too large',
  unsupported_media_type: 'The body must be JSON',
  rate_limited: 'Too many requests',
  internal: 'Something went wrong here',
  provider_error: 'The model provider failed',
  unavailable: 'The service cannot answer now',
  timeout: 'It took too long',
  storage_full: 'The disk is full',
}

/** A failure in the form of RFC 9457. */
export const problemBody = ({ code, status, message, errors }: AppError, requestId: string) => ({
  type: `urn:bunkhouse:error:${code}`,
  title: titles[code],
  status,
  code,
  detail: message,
  request_id: requestId,
  ...(errors && { errors }),
})

/** The answer to a failure. What an unknown one was is told to the log alone. */
export function problem(error: AppError, requestId: string): Response {
  const { code, retryAfterSeconds, allow } = error
  return new Response(JSON.stringify(problemBody(error, requestId)), {
    status: error.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
      ...(allow && { allow: allow.join(', ') }),
      ...(code === 'unauthorized' && { 'www-authenticate': 'Bearer' }),
    },
  })
}

/** What a failure means to a client. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  switch (databaseFailure(error)) {
    case 'full':
      return new AppError('storage_full', 'The disk is full: nothing was stored.', { cause: error })
    case 'unavailable':
      return new AppError('unavailable', 'The database cannot be reached.', { retryAfterSeconds: 1, cause: error })
    default:
      return new AppError('internal', 'An internal error. The log has more under this request id.', { cause: error })
  }
}
