import type { Deferred } from './deferred.ts'
import { deferred } from './deferred.ts'

export interface BatcherOptions<T, R> {
  maxSize: number
  /** Does the work for all items at once; the results stand in the items' order. One may come later, by a promise. */
  commit(items: T[]): Promise<(R | Promise<R>)[]>
  /** Says of a failure that it is no item's own, so that trying them one by one makes no sense. Default: never. */
  isShared?(error: unknown): boolean
  /** Items that may wait are gathered for so long after a commit has begun, in milliseconds, or until they are `enough`. */
  gathers?: { ms: number; enough: number }
}

/**
 * Group commit: callers that come while a commit is under way share the next one. The first caller waits for nobody
 * but those of the same turn of the event loop, unless it may wait. When a batch fails, its members are tried one by
 * one, so that one bad item fails alone.
 */
export class Batcher<T, R> {
  readonly #options: BatcherOptions<T, R>
  #waiting: { item: T; result: Deferred<R> }[] = []
  #busy = false
  /** One of those that wait may not. */
  #presses = false
  #begunAt = Number.NEGATIVE_INFINITY
  /** Settled when those that wait have been gathered; null where nothing waits for that. */
  #gathered: Deferred<void> | null = null

  constructor(options: BatcherOptions<T, R>) {
    this.#options = options
  }

  submit(item: T, mayWait = false): Promise<R> {
    const result = deferred<R>()
    this.#waiting.push({ item, result })
    if (!mayWait) this.#presses = true
    if (this.#isDue()) this.#gathered?.resolve()
    if (!this.#busy) {
      this.#busy = true
      setImmediate(() => void this.#drain())
    }
    return result.promise
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather()
      const batch = this.#waiting.splice(0, this.#options.maxSize)
      this.#presses &&= this.#waiting.length > 0
      try {
        const results = await this.#options.commit(batch.map(entry => entry.item))
        batch.forEach((entry, index) => {
          entry.result.resolve(results[index] as R | Promise<R>) // commit answers every item, in order
        })
      } catch (error) {
        await this.#oneByOne(batch, error)
      }
    }
    this.#busy = false
  }

  /** Where nothing is gathered, whatever comes is. */
  #isDue(): boolean {
    return this.#presses || this.#waiting.length >= (this.#options.gathers?.enough ?? 0)
  }

  async #gather(): Promise<void> {
    const leftMs = this.#begunAt + (this.#options.gathers?.ms ?? 0) - performance.now()
    if (leftMs > 0 && !this.#isDue()) {
      const gathered = deferred<void>()
      this.#gathered = gathered
      const timer = setTimeout(gathered.resolve, leftMs)
      await gathered.promise
      clearTimeout(timer)
      this.#gathered = null
    }
    this.#begunAt = performance.now()
  }

  async #oneByOne(batch: { item: T; result: Deferred<R> }[], error: unknown): Promise<void> {
    if (batch.length === 1 || this.#options.isShared?.(error)) {
      for (const { result } of batch) result.reject(error)
      return
    }
    for (const { item, result } of batch) {
      await this.#options.commit([item]).then(([only]) => result.resolve(only as R | Promise<R>), result.reject)
    }
  }
}
