import type { HttpConfig } from '../../config-http.ts'
import { parseAddress } from '../../runtime/address-range.ts'
import type { FactListener } from '../../telemetry/facts.ts'
import type { Caller } from '../auth.ts'
import type { Bucket, Counter, Level } from './bucket.ts'
import { MemoryCounter } from './memory-counter.ts'
import { SharedCounter } from './shared-counter.ts'
import type { Limit, Verdict } from './verdict.ts'

/** What holds for those who have no limit of their own. */
export type RateRule = Pick<HttpConfig, 'rateLimit' | 'addressRateLimit'>

export interface RateLimiterOptions {
  rule: RateRule
  /** Where several processes count together; null: this process counts alone. */
  redisUrl: string | null
  emit: FactListener
  /** In milliseconds. */
  now(): number
}

/** Says how many requests a key, a tenant and an address may send. Null where nothing limits them, which costs nothing. */
export class RateLimiter {
  readonly #callers: Counter
  /** Apart: whoever calls from many addresses makes nobody's key forgotten. */
  readonly #addresses: Counter
  readonly #shared: SharedCounter[] = []
  #rule: RateRule

  constructor({ rule, redisUrl, emit, now }: RateLimiterOptions) {
    this.#rule = rule
    const counter = () => {
      const memory = new MemoryCounter(now)
      if (redisUrl === null) return memory
      const shared = new SharedCounter({ redisUrl, memory, emit })
      this.#shared.push(shared)
      return shared
    }
    this.#callers = counter()
    this.#addresses = counter()
  }

  /** From now on. */
  change(rule: RateRule): void {
    this.#rule = rule
  }

  close(): void {
    for (const shared of this.#shared) shared.close()
  }

  /** Counts a request of one who has a good key. */
  take(caller: Caller): Verdict | Promise<Verdict> | null {
    const perKey = caller.rateLimits?.key ?? this.#rule.rateLimit
    const perTenant = caller.rateLimits?.tenant ?? 0
    if ((perKey === 0 && perTenant === 0) || caller.keyId === null) return null
    const limits: Limit[] = []
    const buckets: Bucket[] = []
    const add = (limit: Limit, id: string) => {
      if (limit.perMinute === 0) return
      limits.push(limit)
      // In braces: a cluster of Redis keeps what is counted together in one place.
      buckets.push({ id: `{${caller.tenantId}}:${id}`, perMinute: limit.perMinute })
    }
    add({ by: 'key', perMinute: perKey }, caller.keyId)
    add({ by: 'tenant', perMinute: perTenant }, 'all')
    return judged(limits, this.#callers.take(buckets))
  }

  /** Counts a request of one who has none. */
  takeAddress(address: string): Verdict | Promise<Verdict> | null {
    const perMinute = this.#rule.addressRateLimit
    if (perMinute === 0) return null
    const limit: Limit = { by: 'address', perMinute }
    return judged([limit], this.#addresses.take([{ id: `address:${networkOf(address)}`, perMinute }]))
  }
}

function judged(limits: Limit[], levels: Level[] | Promise<Level[]>): Verdict | Promise<Verdict> {
  if (levels instanceof Promise) return levels.then(known => paired(limits, known))
  return paired(limits, levels)
}

const refused: Level = { allowed: false, fullInMs: 1_000, retryInMs: 1_000 }
const paired = (limits: Limit[], levels: Level[]): Verdict =>
  limits.map((limit, index) => ({ limit, level: levels[index] ?? refused }))

/** Of IPv6 the first half: one household has all addresses of the second. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const number = parseAddress(address)
  return number === null ? address : `${(number >> 64n).toString(16)}/64`
}
