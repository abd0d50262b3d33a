import type { Server } from 'bun'
import { Elysia } from 'elysia'
import { AppError } from '../errors.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { newId } from '../runtime/id.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { authenticate, isOpen } from './auth.ts'
import { readJson } from './body.ts'
import { attachFacts, type RequestFacts, requestFacts } from './controller.ts'
import { fromElysia } from './elysia-error.ts'
import { problem, toAppError } from './problem.ts'

/** What all routes share: how bodies are read and failures answered. Controllers are added to it. */
export const rootController = (bodyLimitBytes: number) => {
  // Host names may be short, as `api` is: Elysia would look for the path behind the eleventh letter.
  const root = new Elysia({ name: 'bunkhouse', normalize: false, handler: { standardHostname: false } })
  return root
    .onParse({ as: 'global' }, ({ request }) => readJson(request, bodyLimitBytes))
    .onTransform({ as: 'global' }, ({ request, route }) => noteRoute(request, route))
    .onError({ as: 'global' }, ({ code, error, request, route }) => {
      if (code !== 'NOT_FOUND') noteRoute(request, route)
      return failure(
        fromElysia(code, error, request, () => root.routes),
        requestFacts(request),
      )
    })
}

function noteRoute(request: Request, route: string): void {
  const facts = requestFacts(request)
  if (facts) facts.route = route
}

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
  /** Called before connections are closed. */
  onClosing(): void
  /** Answers what has passed the door: one of the Elysia app. */
  fetch(request: Request): Response | Promise<Response>
}

/** Clients may be silent that long in the middle of a request, and between two on one connection. */
const idleTimeoutSeconds = 30
const wellFormedId = /^[\w.:+/=-]{1,128}$/

/**
 * The door: gives each request an id, refuses whoever has no key, and tells what was answered. Apart from Elysia, whose
 * own start and stop cannot be waited for.
 */
export class HttpServer implements Service {
  readonly name = 'http'
  readonly #options: HttpServerOptions
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

  async #answer(request: Request, server: Server<undefined>): Promise<Response> {
    const begun = performance.now()
    const given = request.headers.get('x-request-id')
    const facts: RequestFacts = {
      id: given !== null && wellFormedId.test(given) ? given : newId('req'),
      caller: null,
      route: 'unmatched',
      error: undefined,
      server,
    }
    const path = pathOf(request.url)
    const response = await this.#respond(request, path, facts)
    response.headers.set('x-request-id', facts.id)
    this.#options.emit('http.answered', {
      method: request.method,
      route: facts.route,
      path,
      status: response.status,
      seconds: (performance.now() - begun) / 1000,
      requestId: facts.id,
      error: facts.error,
    })
    return response
  }

  async #respond(request: Request, path: string, facts: RequestFacts): Promise<Response> {
    try {
      if (!isOpen(path, this.#options.docs)) facts.caller = await authenticate(this.#options.keys, request)
      if (request.url.includes('%00')) throw new AppError('invalid_request', 'The address holds a NUL character.')
      attachFacts(request, facts)
      return await this.#options.fetch(request)
    } catch (error) {
      return failure(error, facts)
    }
  }
}

/** Clients of HTTP 1.0, as some health checks are, need not name a host. Then Bun's URL is no more than the path. */
const withHost = (request: Request): Request =>
  request.url.startsWith('/') ? new Request(`http://localhost${request.url}`, request) : request

/** The path of an absolute URL, without parsing all of it. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = url.indexOf('?', start)
  return end === -1 ? url.slice(start) : url.slice(start, end)
}
