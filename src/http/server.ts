import type { Server } from 'bun'
import { Elysia } from 'elysia'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { endRequest, requestSpan } from '../telemetry/tracing/http-span.ts'
import type { Tracer } from '../telemetry/tracing/tracer.ts'
import { aiSdkFailure, aiSdkPath } from '../wires/ai-sdk/failure.ts'
import { mcpFailure, mcpPath } from '../wires/mcp/failure.ts'
import { openaiFailure, openaiPath } from '../wires/openai/failure.ts'
import { readJson } from './body.ts'
import { attachFacts, clientAddress, noteRoute, type RequestFacts, requestFacts, takesNoLonger } from './controller.ts'
import type { Door } from './door.ts'
import { fromElysia } from './elysia-error.ts'
import { problem, toAppError } from './problem.ts'
import { requestIds } from './request-id.ts'
import { eventStreamType } from './sse.ts'

/**
 * What all routes share: how failures are answered. Controllers are added to it.
 * @param api whether those of the API are among them
 */
export const rootController = (api: boolean) => {
  // Host names may be short, as `api` is: Elysia would look for the path behind the eleventh letter.
  const root = new Elysia({ name: 'bunkhouse', normalize: false, handler: { standardHostname: false } })
  return root.onError({ as: 'global' }, ({ code, error, request, route }) => {
    if (code !== 'NOT_FOUND') noteRoute(request, route)
    return failure(
      fromElysia(code, error, request, () => ({ api, routes: root.routes })),
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
  // The clients of a wire read failures in its own words.
  if (facts?.path.startsWith(openaiPath)) return openaiFailure(known)
  if (facts?.path.startsWith(aiSdkPath)) return aiSdkFailure(known)
  if (facts?.path === mcpPath) return mcpFailure(known, facts)
  return problem(known, facts?.id ?? '')
}

export interface HttpServerOptions {
  host: string
  port: number
  /** In which a request must have arrived, and after which a silent connection is closed. At most 255. */
  requestSeconds: number
  publicUrl: string | null
  door: Door
  emit: FactListener
  tracer: Tracer | null
  /** Called before connections are closed. */
  onClosing(): void
}

/**
 * The server: gives each request an id, lets the door answer it, and tells what was answered. Apart from Elysia, whose
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
    const { host, port, requestSeconds } = this.#options
    this.#server = Bun.serve({
      hostname: host,
      port,
      // From the end of its head until its body is there: bytes that trickle in do not prolong it. For the head itself
      // Bun has a limit of its own, of 12 seconds.
      idleTimeout: requestSeconds,
      // The limit is ours, see readJson: Bun's own answer would not be in our form. What nobody reads is not kept.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request, server) => this.#answer(request, server),
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
  #answer(received: Request, server: Server<undefined>): Response | Promise<Response> {
    const { door, publicUrl, tracer } = this.#options
    const request = withHost(received)
    const facts: RequestFacts = {
      id: this.#idOf(request),
      begunAt: performance.now(),
      path: pathOf(request.url),
      route: unmatched,
      caller: null,
      error: undefined,
      server,
      publicUrl,
      received,
      addresses: door.addresses,
      rate: null,
      patient: false,
      idleSeconds: this.#options.requestSeconds,
      span: undefined,
    }
    if (tracer) facts.span = requestSpan(tracer, { request, path: facts.path, requestId: facts.id })
    attachFacts(request, facts)
    try {
      const response = door.answer(request, facts)
      if (!(response instanceof Promise)) return this.#finish(request, facts, response)
      return response.then(
        answer => this.#finish(request, facts, answer),
        error => this.#finish(request, facts, failure(error, facts)),
      )
    } catch (error) {
      return this.#finish(request, facts, failure(error, facts))
    }
  }

  #finish(request: Request, facts: RequestFacts, response: Response): Response {
    const { id, route, path, error, span } = facts
    this.#options.door.dress(request, facts, response)
    // Streams go on, and keep a watch of their own.
    if (facts.patient && !isStream(response)) takesNoLonger(request)
    const { method } = request
    const { status } = response
    if (span) endRequest(span, { method, pattern: route === unmatched ? null : route, status })
    this.#options.emit('http.answered', {
      method,
      route,
      path,
      status,
      seconds: (performance.now() - facts.begunAt) / 1000,
      requestId: id,
      address: () => clientAddress(request),
      error,
      traceId: span?.traceId,
    })
    return response
  }
}

/** The route of what was asked of none. */
const unmatched = 'unmatched'

const isStream = ({ headers }: Response): boolean => headers.get('content-type') === eventStreamType

/** Clients of HTTP 1.0, as some health checks are, need not name a host. Then Bun's URL is no more than the path. */
const withHost = (request: Request): Request =>
  request.url.startsWith('/') ? new Request(`http://localhost${request.url}`, request) : request

/** The path of an absolute URL, without parsing all of it. */
function pathOf(url: string): string {
  const start = url.indexOf('/', 'http://x'.length)
  const end = url.indexOf('?', start)
  return end === -1 ? url.slice(start) : url.slice(start, end)
}
