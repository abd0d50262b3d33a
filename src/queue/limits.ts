import type { QueueSettings, Rate } from './queue-settings.ts'

/** What is left of a rate: of a queue (key ''), or of one of its limit keys. */
export interface Bucket {
  key: string
  tokens: number
  /** Milliseconds since 1970, as are the others. */
  refilledAt: number
  pausedUntil: number | null
}

export interface RunningCounts {
  total: number
  byKey: ReadonlyMap<string, number>
}

/** So little is missing to a token only by the rounding of fractions. */
const almost = 1e-6

/** Tokens in a bucket by now: refilled all the time, and never more than the limit. A bucket that is missing is full. */
export const tokensIn = (bucket: Bucket | undefined, rate: Rate, now: number): number =>
  bucket
    ? Math.min(rate.limit, bucket.tokens + (Math.max(0, now - bucket.refilledAt) * rate.limit) / rate.periodMs)
    : rate.limit

/** Milliseconds until there is a token, rounded up. */
export const nextTokenMs = (tokens: number, rate: Rate): number =>
  tokens >= 1 - almost ? 0 : Math.ceil(((1 - tokens) * rate.periodMs) / rate.limit)

interface KeyState {
  running: number
  tokens: number
  pausedUntil: number | null
  charged: boolean
}

/** How many jobs of a limited queue may begin now, in all and of each limit key. */
export class Allowance {
  readonly #settings: QueueSettings
  readonly #running: RunningCounts
  readonly #now: number
  readonly #buckets = new Map<string, Bucket>()
  readonly #keys = new Map<string, KeyState>()
  readonly #queue: KeyState

  /** @param queue the bucket of the queue itself */
  constructor(settings: QueueSettings, running: RunningCounts, queue: Bucket | undefined, now: number) {
    this.#settings = settings
    this.#running = running
    this.#now = now
    this.#queue = this.#state(queue, settings.rate, running.total)
  }

  /** Buckets of keys, before jobs of theirs are taken. */
  know(buckets: Bucket[]): void {
    for (const bucket of buckets) this.#buckets.set(bucket.key, bucket)
  }

  /** Jobs that may begin, whatever their keys. */
  get left(): number {
    if (this.#settings.pausedAt !== null) return 0
    return this.#leftOf(this.#queue, this.#settings.concurrency, this.#settings.rate)
  }

  /** Milliseconds until more may begin than now because time has passed, whatever the keys; Infinity where it does not. */
  get waitMs(): number {
    const { rate } = this.#settings
    const { tokens, pausedUntil } = this.#queue
    const pauseMs = pausedUntil !== null ? Math.max(0, pausedUntil - this.#now) : 0
    const waitMs = Math.max(pauseMs, rate ? nextTokenMs(tokens, rate) : 0)
    return waitMs > 0 ? waitMs : Number.POSITIVE_INFINITY
  }

  /** Keys of which nothing more may begin: too many run, or what was known of their buckets is used up. */
  get fullKeys(): string[] {
    const { keyConcurrency, keyRate } = this.#settings
    const full = new Set<string>()
    for (const [key, running] of this.#running.byKey) if (running >= (keyConcurrency ?? Infinity)) full.add(key)
    for (const [key, state] of this.#keys) if (this.#leftOf(state, keyConcurrency, keyRate) < 1) full.add(key)
    return [...full]
  }

  /** Counts a job that is to begin; false where it may not. */
  take(key: string | null): boolean {
    if (this.left < 1) return false
    const state = key === null ? undefined : this.#key(key)
    const { keyConcurrency, keyRate } = this.#settings
    if (state && this.#leftOf(state, keyConcurrency, keyRate) < 1) return false
    for (const counted of state ? [this.#queue, state] : [this.#queue]) count(counted, 1)
    return true
  }

  /** Takes back what was counted of a job that could not begin. */
  giveBack(key: string | null): void {
    for (const counted of key === null ? [this.#queue] : [this.#queue, this.#key(key)]) count(counted, -1)
  }

  /** The buckets that tokens were taken from. */
  charged(): Bucket[] {
    const { rate, keyRate } = this.#settings
    const bucket = (key: string, { tokens, pausedUntil }: KeyState) => ({
      key,
      tokens,
      refilledAt: this.#now,
      pausedUntil,
    })
    return [
      ...(rate && this.#queue.charged ? [bucket('', this.#queue)] : []),
      ...(keyRate
        ? [...this.#keys].filter(([, state]) => state.charged).map(([key, state]) => bucket(key, state))
        : []),
    ]
  }

  #key(key: string): KeyState {
    const known = this.#keys.get(key)
    if (known) return known
    const { keyRate } = this.#settings
    const state = this.#state(this.#buckets.get(key), keyRate, this.#running.byKey.get(key) ?? 0)
    this.#keys.set(key, state)
    return state
  }

  #state(bucket: Bucket | undefined, rate: Rate | null, running: number): KeyState {
    const tokens = rate ? tokensIn(bucket, rate, this.#now) : 0
    return { running, tokens, pausedUntil: bucket?.pausedUntil ?? null, charged: false }
  }

  #leftOf({ running, tokens, pausedUntil }: KeyState, concurrency: number | null, rate: Rate | null): number {
    if (pausedUntil !== null && pausedUntil > this.#now) return 0
    const places = concurrency === null ? Number.POSITIVE_INFINITY : Math.max(0, concurrency - running)
    return Math.min(places, rate ? Math.floor(tokens + almost) : Number.POSITIVE_INFINITY)
  }
}

function count(state: KeyState, jobs: 1 | -1): void {
  state.running += jobs
  state.tokens -= jobs
  state.charged = true
}
