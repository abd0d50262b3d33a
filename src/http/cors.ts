import type { HttpConfig } from '../config-http.ts'

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE'
/** What a page may read of an answer. */
const exposed = [
  'x-request-id',
  'location',
  'content-location',
  'idempotent-replayed',
  'retry-after',
  'allow',
  'ratelimit',
  'ratelimit-policy',
  'x-bunkhouse-run-id',
  'mcp-session-id',
  'www-authenticate',
  'x-vercel-ai-ui-message-stream',
  'x-workflow-run-id',
  'x-workflow-stream-tail-index',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
].join(', ')
const maxAgeSeconds = '7200'
const headerNames = /^[\w!#$%&'*+.^`|~,\s-]{1,1024}$/

/**
 * Lets pages of other origins call. A key is sent by the page itself, so credentials of the browser (cookies) are never
 * asked for, from whatever origin.
 */
export class Cors {
  readonly #origins: Exclude<HttpConfig['corsOrigins'], null>

  constructor(origins: Exclude<HttpConfig['corsOrigins'], null>) {
    this.#origins = origins
  }

  /**
   * The answer to a browser that asks whether a page may call, to which `apply` adds the rest. Null where the request is
   * no such question, or the page may not.
   */
  preflight({ method, headers }: Request): Response | null {
    if (method !== 'OPTIONS' || !headers.has('access-control-request-method')) return null
    if (this.#allowed(headers) === null) return null
    // `*` would leave out the header `authorization`, so what is asked for is allowed by its name.
    const asked = headers.get('access-control-request-headers') ?? ''
    return new Response(null, {
      status: 204,
      headers: {
        'access-control-allow-methods': methods,
        ...(headerNames.test(asked) && { 'access-control-allow-headers': asked }),
        'access-control-max-age': maxAgeSeconds,
        vary: 'access-control-request-headers',
      },
    })
  }

  /** Tells the browser that the page may read the answer. */
  apply(request: Request, answer: Headers): void {
    // Also where the origin is none of ours: a cache must not give this answer to one that is.
    if (this.#origins !== '*') answer.append('vary', 'origin')
    const allowed = this.#allowed(request.headers)
    if (allowed === null) return
    answer.set('access-control-allow-origin', allowed)
    answer.set('access-control-expose-headers', exposed)
  }

  allows(headers: Headers): boolean {
    return this.#allowed(headers) !== null
  }

  #allowed(headers: Headers): string | null {
    const origin = headers.get('origin')
    if (origin === null) return null
    if (this.#origins === '*') return '*'
    return this.#origins.has(origin) ? origin : null
  }
}

/** Whether a request comes from a page of another origin that may not call. */
export function isForeign({ headers }: Request, cors: Cors | null): boolean {
  const origin = headers.get('origin')
  if (origin === null) return false
  const isOwn = URL.canParse(origin) && new URL(origin).host === headers.get('host')
  return !isOwn && cors?.allows(headers) !== true
}
