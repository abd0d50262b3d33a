/** `gone`: the client closed the connection before the answer was whole. */
export type ExchangeState = 'open' | 'answered' | 'cut' | 'gone'

/** Promises for conditions over changing state: no polling, no sleeping. */
export class Conditions {
  #waiting: { holds: () => boolean; resolve: () => void }[] = []

  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise(resolve => this.#waiting.push({ holds, resolve }))
  }

  changed(): void {
    if (this.#waiting.length === 0) return
    const ready = this.#waiting.filter(waiter => waiter.holds())
    if (ready.length === 0) return
    this.#waiting = this.#waiting.filter(waiter => !ready.includes(waiter))
    for (const waiter of ready) waiter.resolve()
  }
}

export interface ExchangeRecord {
  /** 1 for the model's first request. */
  number: number
  model: string
  path: string
  headers: Record<string, string>
  body: unknown
}

/** One request and how far its answer has come. Tests wait on it and let held deltas go. */
export class Exchange {
  readonly record: ExchangeRecord
  readonly #conditions = new Conditions()
  #state: ExchangeState = 'open'
  #sentDeltas = 0
  #permits = 0

  constructor(record: ExchangeRecord) {
    this.record = record
  }

  get state(): ExchangeState {
    return this.#state
  }

  get sentDeltas(): number {
    return this.#sentDeltas
  }

  /** Resolves when `count` deltas were written to the socket; rejects when the answer ended with fewer. */
  async sent(count: number): Promise<void> {
    await this.#conditions.until(() => this.#sentDeltas >= count || this.#state !== 'open')
    if (this.#sentDeltas < count) throw new Error(`the answer is ${this.#state} after ${this.#sentDeltas} deltas`)
  }

  /** Resolves with the final state: the answer is whole, was cut, or the client went away. */
  async ended(): Promise<ExchangeState> {
    await this.#conditions.until(() => this.#state !== 'open')
    return this.#state
  }

  /** Lets this many held deltas go (or the held response start); by default all that are left. */
  release(count = Number.POSITIVE_INFINITY): void {
    this.#permits += count
    this.#conditions.changed()
  }

  /** For the server: waits for a release. False when there is nobody to send to any more. */
  async permit(): Promise<boolean> {
    await this.#conditions.until(() => this.#permits > 0 || this.#state !== 'open')
    this.#permits--
    return this.#state === 'open'
  }

  /** For the server. */
  deltasSent(count: number): void {
    this.#sentDeltas += count
    this.#conditions.changed()
  }

  /** For the server. Only the first end counts. */
  end(state: Exclude<ExchangeState, 'open'>): void {
    if (this.#state !== 'open') return
    this.#state = state
    this.#conditions.changed()
  }
}
