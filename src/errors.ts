/** Every way a request or a run can fail, with the HTTP status each one has. The set is closed: clients may switch on it. */
export const errorStatus = {
  invalid_request: 422,
  malformed_body: 400,
  invalid_cursor: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  idempotency_mismatch: 409,
  thread_busy: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  provider_error: 502,
  unavailable: 503,
  timeout: 504,
  storage_full: 507,
} as const

export type ErrorCode = keyof typeof errorStatus

/** One field that did not pass its schema: `path` is a JSON pointer into the part of the request named by `in`. */
export interface FieldError {
  in: 'body' | 'query' | 'path' | 'header'
  path: string
  message: string
}

export interface AppErrorOptions {
  errors?: FieldError[]
  /** Seconds after which trying again makes sense; becomes `retry-after`. */
  retryAfterSeconds?: number
  /** The methods that the path has; becomes `allow`. */
  allow?: string[]
  /** Internal: goes to the log, never to a client. */
  cause?: unknown
}

/** A failure we understand. `message` is public: it is shown to clients, so it holds no secret and no SQL. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly errors: FieldError[] | undefined
  readonly retryAfterSeconds: number | undefined
  readonly allow: string[] | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.errors = options.errors
    this.retryAfterSeconds = options.retryAfterSeconds
    this.allow = options.allow
  }

  get status(): number {
    return errorStatus[this.code]
  }
}

export const notFound = (what: string, id: string): AppError =>
  new AppError('not_found', `No ${what} has the id ${id}.`)

export const invalidField = (path: string, message: string, where: FieldError['in'] = 'body'): AppError =>
  new AppError('invalid_request', message, { errors: [{ in: where, path, message }] })
