import type { Server } from 'bun'
import { Elysia } from 'elysia'
import { AppError } from '../errors.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { authenticate, type Caller, isOpenPage, isOpenRoute } from './auth.ts'
import { readJson } from './body.ts'
import { attachFacts, noteRoute, type RequestFacts, requestFacts } from './controller.ts'
import { fromElysia } from './elysia-error.ts'
import { problem, toAppError } from './problem.ts'
import { requestIds } from './request-id.ts'

/** What all routes share: how failures are answered. Controllers are added to it. */
export const rootController = () => {
  // Host names may be short, as `api` is: Elysia would look for the path behind the eleventh letter.
  const root = new Elysia({ name: 'bunkhouse', normalize: false, handler: { standardHostname: false } })
  return root.onError({ as: 'global' }, ({ code, error, request, route }) => {
    if (code !== 'NOT_FOUND') noteRoute(request, route)
    return failure(
      fromElysia(code, error, request, () => root.routes),
      requestFacts(request),
    )
  })
}

/** How the controllers that are added after it read bodies. Those before it answer at once, without a promise. */
export const bodyReader = (bodyLimitBytes: number) =>
  new Elysia({ name: 'bodies' }).onParse({ as: 'global' }, ({ request }) => readJson(request, bodyLimitBytes))

function failure(error: unknown, facts: RequestFacts | undefined): Response {
  const known = toAppError(error)
  if (facts) facts.error = known.cause ?? (known.status >= 500 ? known : undefined)
  return problem(known, facts?.id ?? '')
}

export interface HttpServerOptions {
  host: string
  port: number
  docs: boolean
  keys: KeyRing
  emit: FactListener
  /** Whom a request without a key is from, by another proof; null where it has none. Throws where it is wrong. */
  admit(request: Request, path: string): Caller | null
  /** Called before connections are closed. */
  onClosing(): void
  /** Answers what has passed the door: one of the Elysia app. */
  fetch(request: Request): Response | Promise<Response>
}

/** Clients may be silent that long in the middle of a request, and between two on one connection. */
const idleTimeoutSeconds = 30

/**
 * The door: gives each request an id, refuses whoever has no key, and tells what was answered. Apart from Elysia, whose
 * own start and stop cannot be waited for.
 */
export class HttpServer implements Service {
  readonly name = 'http'
  readonly #options: HttpServerOptions
  readonly #idOf = requestIds()
  #server: Server<undefined> | undefined

  constructor(options: HttpServerOptions) {
    this.#options = options
  }

  start(): void {
    const { host, port } = this.#options
    this.#server = Bun.serve({
      hostname: host,
      port,
      idleTimeout: idleTimeoutSeconds,
      // The limit is ours, see readJson: Bun's own answer would not be in our form.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request, server) => this.#answer(withHost(request), server),
    })
  }

  /** Lets answers under way go out until `signal` is aborted, then closes all connections. */
  async stop(signal: AbortSignal): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = undefined
    this.#options.onClosing()
    const closed = server.stop()
    if (signal.aborted) await server.stop(true)
    signal.addEventListener('abort', () => void server.stop(true), { once: true })
    await closed
  }

  get port(): number {
    return this.#server?.port ?? this.#options.port
  }

  /** Without a promise where the answer is at hand: it would cost as much again as a small answer. */
  #answer(request: Request, server: Server<undefined>): Response | Promise<Response> {
    const path = pathOf(request.url)
    const facts: RequestFacts = {
      id: this.#idOf(request),
      begunAt: performance.now(),
      path,
      route: 'unmatched',
      caller: null,
      error: undefined,
      server,
    }
    attachFacts(request, facts)
    try {
      const response = this.#respond(request, facts)
      if (!(response instanceof Promise)) return this.#finish(request, facts, response)
      return response.then(
        answer => this.#finish(request, facts, answer),
        error => this.#finish(request, facts, failure(error, facts)),
      )
    } catch (error) {
      return this.#finish(request, facts, failure(error, facts))
    }
  }

  #respond(request: Request, facts: RequestFacts): Response | Promise<Response> {
    const { keys, docs, admit } = this.#options
    const { path } = facts
    if (isOpenRoute(path)) {
      facts.route = path
      return this.#enter(request, facts, null)
    }
    if (docs && isOpenPage(path)) return this.#enter(request, facts, null)
    const caller = admit(request, path) ?? authenticate(keys, request)
    if (!(caller instanceof Promise)) return this.#enter(request, facts, caller)
    return caller.then(known => this.#enter(request, facts, known))
  }

  #enter(request: Request, facts: RequestFacts, caller: Caller | null): Response | Promise<Response> {
    facts.caller = caller
    if (request.url.includes('%00')) throw new AppError('invalid_request', 'The address holds a NUL character.')
    return this.#options.fetch(request)
  }

  #finish(request: Request, facts: RequestFacts, response: Response): Response {
    const { id, route, path, error } = facts
    response.headers.set('x-request-id', id)
    this.#options.emit('http.answered', {
      method: request.method,
      route,
      path,
      status: response.status,
      seconds: (performance.now() - facts.begunAt) / 1000,
      requestId: id,
      error,
    })
    return response
  }
}

/** Clients of HTTP 1.0, as some health checks are, need not name a host. Then Bun's URL is no more than the path. */
const withHost = (request: Request): Request =>
  request.url.startsWith('/') ? new Request(`http://localhost${request.url}`, request) : request

/** The path of an absolute URL, without parsing all of it. */
function pathOf(url: string): string {
  const start = url.indexOf('/', 'http://x'.length)
  const end = url.indexOf('?', start)
  return end === -1 ? url.slice(start) : url.slice(start, end)
}
