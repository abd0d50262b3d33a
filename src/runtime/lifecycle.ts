import type { Service } from './service.ts'

export type LifecycleState = 'starting' | 'ready' | 'draining' | 'stopped' | 'failed'

export interface LifecycleOptions {
  services: Service[]
  /** Milliseconds a service that drains may take to stop before its signal is aborted. May be 0. */
  drainMs: number
  onState?(state: LifecycleState): void
  onStopFailure?(service: Service, error: unknown): void
}

/** The same for all services that do not drain, together. */
const stopMs = 3_000
/** What has to be dropped at once may still have to be written down. After that long a service is left behind. */
const graceMs = 2_000
/** Every service may take that long, however late it is. */
const leastMs = 100

/** Starts services in order, stops them in reverse. A failed start stops what had started and throws. */
export class Lifecycle {
  readonly #options: LifecycleOptions
  readonly #started: Service[] = []
  #state: LifecycleState = 'starting'
  #stopping: Promise<void> | undefined

  constructor(options: LifecycleOptions) {
    this.#options = options
  }

  get state(): LifecycleState {
    return this.#state
  }

  async start(): Promise<void> {
    try {
      for (const service of this.#options.services) {
        this.#started.push(service)
        await service.start()
      }
    } catch (error) {
      await this.#stopAll()
      this.#enter('failed')
      throw error
    }
    this.#enter('ready')
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#drain()
    return this.#stopping
  }

  async #drain(): Promise<void> {
    this.#enter('draining')
    await this.#stopAll()
    this.#enter('stopped')
  }

  async #stopAll(): Promise<void> {
    let end: number | undefined
    for (const service of this.#started.splice(0).reverse()) {
      const now = performance.now()
      if (!service.drains) end ??= now + stopMs
      const timeMs = service.drains || end === undefined ? this.#options.drainMs : end - now
      try {
        await this.#stopOne(service, timeMs)
      } catch (error) {
        this.#options.onStopFailure?.(service, error)
      }
    }
  }

  /** @param timeMs what is left for it; when that is used up, it is less than 0 */
  async #stopOne(service: Service, timeMs: number): Promise<void> {
    const abort = new AbortController()
    const late = Promise.withResolvers<never>()
    const timers = [
      setTimeout(() => abort.abort(new Error(`${service.name}: time to stop is up`)), Math.max(timeMs, 0)),
      setTimeout(() => late.reject(new Error(`${service.name} did not stop`)), Math.max(timeMs + graceMs, leastMs)),
    ]
    try {
      await Promise.race([service.stop(abort.signal), late.promise])
    } finally {
      timers.forEach(clearTimeout)
    }
  }

  #enter(state: LifecycleState): void {
    this.#state = state
    this.#options.onState?.(state)
  }
}
