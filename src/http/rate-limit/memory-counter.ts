import { type Bucket, type Counter, type Level, taken } from './bucket.ts'

/** Counts of this process alone. Those used longest ago are forgotten where there are too many. */
export class MemoryCounter implements Counter {
  readonly #now: () => number
  readonly #keptAtMost: number
  /** When each bucket will be full, those used last behind. */
  readonly #fullAt = new Map<string, number>()

  constructor(now: () => number, keptAtMost = 10_000) {
    this.#now = now
    this.#keptAtMost = keptAtMost
  }

  get size(): number {
    return this.#fullAt.size
  }

  take(buckets: readonly Bucket[]): Level[] {
    const now = this.#now()
    const levels = buckets.map(({ id, perMinute }) => taken(this.#fullAt.get(id) ?? 0, perMinute, now))
    if (levels.every(level => level.allowed)) {
      buckets.forEach(({ id }, index) => {
        this.#keep(id, now + (levels[index]?.fullInMs ?? 0))
      })
    }
    return levels
  }

  #keep(id: string, fullAt: number): void {
    this.#fullAt.delete(id)
    this.#fullAt.set(id, fullAt)
    if (this.#fullAt.size <= this.#keptAtMost) return
    const [oldest] = this.#fullAt.keys()
    if (oldest !== undefined) this.#fullAt.delete(oldest)
  }
}
