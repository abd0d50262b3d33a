import type { Service } from './service.ts'

export type LifecycleState = 'starting' | 'ready' | 'draining' | 'stopped' | 'failed'

export interface LifecycleOptions {
  services: Service[]
  /** Milliseconds a service that drains may take to stop before its signal is aborted. May be 0. */
  drainMs: number
  onState?(state: LifecycleState): void
  onStopFailure?(service: Service, error: unknown): void
}

/** The same for a service that does not drain. */
const stopMs = 3_000
/** What has to be dropped at once may still have to be written down. After that long a service is left behind. */
const graceMs = 3_000

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
    for (const service of this.#started.splice(0).reverse()) {
      try {
        await this.#stopOne(service)
      } catch (error) {
        this.#options.onStopFailure?.(service, error)
      }
    }
  }

  async #stopOne(service: Service): Promise<void> {
    const abort = new AbortController()
    const late = Promise.withResolvers<never>()
    const timeMs = service.drains ? this.#options.drainMs : stopMs
    const timers = [
      setTimeout(() => abort.abort(new Error(`${service.name}: time to stop is up`)), timeMs),
      setTimeout(() => late.reject(new Error(`${service.name} did not stop`)), timeMs + graceMs),
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
