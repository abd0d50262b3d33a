import type { Service } from './service.ts'

export interface LoopOptions {
  name: string
  /** One turn. Returns the milliseconds until it wants to run again; 0 is at once, Infinity only when woken. */
  body(signal: AbortSignal): Promise<number> | number
  onError(error: unknown): void
  /** Wait after a failed turn: doubles from `minMs` to `maxMs`. */
  errorBackoff?: { minMs: number; maxMs: number }
}

/**
 * The one background primitive: never overlaps itself, sleeps as long as its body says, can be woken from that sleep,
 * and outlives every error.
 */
export class Loop implements Service {
  readonly name: string
  readonly #options: LoopOptions
  readonly #abort = new AbortController()
  #running: Promise<void> | undefined
  #woken = false
  #endSleep: (() => void) | undefined
  #failures = 0
  #lastTurnAt = 0

  constructor(options: LoopOptions) {
    this.name = options.name
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Runs the body as soon as it can: now when asleep, right after the present turn otherwise. */
  wake(): void {
    this.#woken = true
    this.#endSleep?.()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.#endSleep?.()
    await this.#running
  }

  /** When the last turn ended, in milliseconds of `performance.now()`; 0 before the first. */
  get lastTurnAt(): number {
    return this.#lastTurnAt
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      this.#woken = false
      const delay = await this.#turn(signal)
      this.#lastTurnAt = performance.now()
      if (!signal.aborted && !this.#woken) await this.#sleep(delay)
    }
  }

  async #turn(signal: AbortSignal): Promise<number> {
    try {
      const delay = await this.#options.body(signal)
      this.#failures = 0
      return delay
    } catch (error) {
      if (!signal.aborted) this.#options.onError(error)
      const { minMs, maxMs } = this.#options.errorBackoff ?? { minMs: 100, maxMs: 5_000 }
      return Math.min(maxMs, minMs * 2 ** Math.min(this.#failures++, 16))
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      // Even "at once" goes through the event loop, so that a busy loop starves nobody. A timer would take a millisecond.
      const immediate = ms <= 0 ? setImmediate(() => this.#endSleep?.()) : undefined
      const timer = ms > 0 && Number.isFinite(ms) ? setTimeout(() => this.#endSleep?.(), ms) : undefined
      this.#endSleep = () => {
        clearImmediate(immediate)
        clearTimeout(timer)
        this.#endSleep = undefined
        resolve()
      }
    })
  }
}
