import type { Server } from 'bun'
import type { Service } from '../runtime/service.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { answerMetrics } from './metrics.ts'

/**
 * `GET /metrics` without a key, on a port of its own: for scrapers that cannot send one, as those of some platforms.
 * Only for a network that clients are not in.
 */
export class MetricsServer implements Service {
  readonly name = 'metrics'
  readonly #host: string
  readonly #port: number
  readonly #metrics: Metrics
  #server: Server<undefined> | undefined

  constructor({ host, port, metrics }: { host: string; port: number; metrics: Metrics }) {
    this.#host = host
    this.#port = port
    this.#metrics = metrics
  }

  start(): void {
    this.#server = Bun.serve({
      hostname: this.#host,
      port: this.#port,
      fetch: request =>
        request.method === 'GET' && new URL(request.url).pathname === '/metrics'
          ? answerMetrics(this.#metrics, request)
          : new Response('Only GET /metrics is here.\n', { status: 404 }),
      error: () => new Response('The metrics cannot be read.\n', { status: 500 }),
    })
  }

  async stop(): Promise<void> {
    await this.#server?.stop(true)
    this.#server = undefined
  }
}
