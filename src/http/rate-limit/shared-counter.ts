import type { FactListener } from '../../telemetry/facts.ts'
import type { Bucket, Counter, Level } from './bucket.ts'
import type { MemoryCounter } from './memory-counter.ts'
import type { RedisCounter } from './redis-counter.ts'

/** How long Redis is not asked again after it failed. */
const restMs = 1_000

export interface SharedCounterOptions {
  redisUrl: string
  /** Counts while Redis is away: each process for itself, so that there is a limit at any time. */
  memory: MemoryCounter
  emit: FactListener
}

/** Counts in Redis while it answers, else in the memory of this process. */
export class SharedCounter implements Counter {
  readonly #options: SharedCounterOptions
  #redis: RedisCounter | undefined
  #opening: Promise<void> | undefined
  #restUntil = 0
  #closed = false

  constructor(options: SharedCounterOptions) {
    this.#options = options
  }

  take(buckets: readonly Bucket[]): Level[] | Promise<Level[]> {
    const redis = this.#redis
    if (this.#closed || performance.now() < this.#restUntil) return this.#options.memory.take(buckets)
    if (!redis) {
      this.#opening ??= this.#open()
      return this.#opening.then(() => this.take(buckets))
    }
    return redis.take(buckets).catch((error: unknown) => {
      this.#failed(error)
      return this.#options.memory.take(buckets)
    })
  }

  close(): void {
    this.#closed = true
    this.#redis?.close()
    this.#redis = undefined
  }

  /** At the first request that is counted: most services never count. */
  async #open(): Promise<void> {
    const { RedisCounter } = await import('./redis-counter.ts')
    const redis = new RedisCounter(this.#options.redisUrl, error => this.#failed(error))
    await redis.untilReady()
    if (this.#closed) redis.close()
    else this.#redis = redis
  }

  #failed(error: unknown): void {
    this.#restUntil = performance.now() + restMs
    this.#options.emit('rate.unshared', { error })
  }
}
