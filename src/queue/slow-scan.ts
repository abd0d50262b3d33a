import type { Place } from './sql/claim-behind.ts'

/** What a claim of few jobs was like. */
export interface Scan {
  tookMs: number
  found: number
  /** Where its last job lay; null where it found none, or those of several tenants. */
  last: Place | null
}

/** Claims of more are slow for what they take, not for what they pass by. */
const fewJobs = 10
const slowFactor = 2.5
const slowFromMs = 1
/** One may be slow by chance. */
const slowInRow = 3
/** It is looked at from the start again so long after a slow look, as a multiple of what that took. */
const restFactor = 10
const longestRestMs = 250
/** Where all there ever was is slow, nobody knows what is usual: one claim of so many tries what another place gives. */
const firstTryAfter = 3
const tryEvery = 64
/** What is usual is the quickest of late: it is forgotten by so much with each claim. */
const drift = 1.002

/**
 * Notices that looking from the start has become slow though there is little to find, and says from where to look
 * meanwhile. What lies before that place waits for the next look from the start: some ten milliseconds, a quarter of a
 * second at most.
 */
export class SlowScan {
  #usualMs = Number.POSITIVE_INFINITY
  #inRow = 0
  #place: Place | null = null
  #until = 0
  #untilTry = firstTryAfter
  #tries = false

  /** Where to look from until `untilMs`; null: from the start. Times are of `performance.now()`. */
  at(nowMs: number): { place: Place; untilMs: number } | null {
    if (this.#tries && this.#place !== null) {
      this.#tries = false
      return { place: this.#place, untilMs: nowMs }
    }
    return this.#place !== null && nowMs < this.#until ? { place: this.#place, untilMs: this.#until } : null
  }

  /** A claim from the start has ended. */
  noteFromStart({ tookMs, found, last }: Scan, nowMs: number): void {
    if (last !== null || found > 0) this.#place = last
    if (found > fewJobs) return
    const isSlow = tookMs >= slowFromMs && tookMs > this.#usualMs * slowFactor
    this.#inRow = isSlow ? this.#inRow + 1 : 0
    this.#learn(tookMs)
    if (this.#inRow >= slowInRow) this.#until = nowMs + Math.min(longestRestMs, tookMs * restFactor)
    else if (tookMs >= slowFromMs && !isSlow && --this.#untilTry <= 0) {
      this.#untilTry = tryEvery
      this.#tries = true
    }
  }

  /** A claim from a place has ended. */
  noteBehind({ tookMs, found, last }: Scan): void {
    this.#place = last ?? this.#place
    if (found <= fewJobs) this.#learn(tookMs)
  }

  #learn(tookMs: number): void {
    this.#usualMs = Math.min(tookMs, this.#usualMs * drift)
  }
}
