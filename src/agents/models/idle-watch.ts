/** Calls `onIdle` once nothing was heard for `limitMs`. One timer however often something is heard. */
export class IdleWatch {
  readonly #limitMs: number
  readonly #onIdle: () => void
  #lastHeard = performance.now()
  #timer: Timer

  constructor(limitMs: number, onIdle: () => void) {
    this.#limitMs = limitMs
    this.#onIdle = onIdle
    this.#timer = setTimeout(() => this.#check(), limitMs)
  }

  heard(): void {
    this.#lastHeard = performance.now()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #check(): void {
    const leftMs = this.#lastHeard + this.#limitMs - performance.now()
    // Timers may fire a millisecond early.
    if (leftMs <= 1) this.#onIdle()
    else this.#timer = setTimeout(() => this.#check(), leftMs)
  }
}
