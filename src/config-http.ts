import type { EnvReader } from './config-reader.ts'
import { type AddressRange, parseRange } from './runtime/address-range.ts'

/** Whom the service answers, how often, and how long it waits for them. */
export interface HttpConfig {
  /** Proxies whose word is taken for where a request came from. */
  readonly trustedProxies: readonly AddressRange[]
  /** The header in which they say so. */
  readonly proxyHeader: 'x-forwarded-for' | 'forwarded'
  /** Origins of web pages that may call; null: none, so that nothing is said of it. */
  readonly corsOrigins: '*' | ReadonlySet<string> | null
  /** Requests a minute of each key that has no limit of its own; 0: as many as it likes. */
  readonly rateLimit: number
  /** Requests a minute without a good key, of each address; 0: as many as it likes. */
  readonly addressRateLimit: number
  /** In which a request must have arrived, and after which a silent connection is closed. */
  readonly requestSeconds: number
  /** After which the reader of a stream that takes nothing is disconnected. */
  readonly streamStallSeconds: number
}

export const readHttp = (read: EnvReader): HttpConfig => ({
  trustedProxies: readProxies(read),
  proxyHeader: read.choice('PROXY_HEADER', ['x-forwarded-for', 'forwarded'], 'x-forwarded-for'),
  corsOrigins: readOrigins(read),
  rateLimit: read.integer('RATE_LIMIT', 0, { min: 0, max: 1_000_000 }),
  addressRateLimit: read.integer('ADDRESS_RATE_LIMIT', 120, { min: 0, max: 1_000_000 }),
  // Bun takes no more than 255.
  requestSeconds: read.integer('REQUEST_SECONDS', 30, { min: 1, max: 255 }),
  streamStallSeconds: read.integer('STREAM_STALL_SECONDS', 30, { min: 1, max: 3_600 }),
})

const namedRanges: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  // Shared address space among them: several hosting platforms put their proxies there.
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
}

function readProxies(read: EnvReader): AddressRange[] {
  return words(read, 'TRUSTED_PROXIES').flatMap(word => {
    const texts = Object.hasOwn(namedRanges, word) ? namedRanges[word] : undefined
    return (texts ?? [word]).flatMap(text => {
      const range = parseRange(text)
      if (range) return [range]
      read.complain(
        'TRUSTED_PROXIES',
        `may hold addresses, ranges as 10.0.0.0/8, loopback and private, and holds "${word}"`,
      )
      return []
    })
  })
}

function readOrigins(read: EnvReader): HttpConfig['corsOrigins'] {
  const given = words(read, 'CORS_ORIGINS')
  if (given.length === 0) return null
  if (given.length === 1 && given[0] === '*') return '*'
  for (const origin of given) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      read.complain('CORS_ORIGINS', `must be * or origins as https://app.example.com, and holds "${origin}"`)
    }
  }
  return new Set(given)
}

const words = (read: EnvReader, name: string): string[] =>
  (read.optional(name) ?? '')
    .split(',')
    .map(word => word.trim())
    .filter(Boolean)
