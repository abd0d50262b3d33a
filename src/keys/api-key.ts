import type { Scope } from './scope.ts'

/** Times are milliseconds since 1970. */
export interface ApiKey {
  id: string
  tenantId: string
  name: string
  /** First characters, to recognise it by. */
  prefix: string
  scopes: Scope[]
  createdAt: number
  expiresAt: number | null
  revokedAt: number | null
  /** Null: all of its tenant. */
  agents: string[] | null
  /** Requests a minute; null: as the configuration says. */
  rateLimit: number | null
  /** To the minute. */
  lastUsedAt: number | null
}

/** `now` in milliseconds. */
export function stateOf({ revokedAt, expiresAt }: ApiKey, now: number): 'live' | 'expired' | 'revoked' {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'live'
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const length = 43

/** A new key: `bh_` and 256 random bits. */
export function newSecret(): string {
  let secret = ''
  while (secret.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(64))) {
      // 248 is a multiple of 62: no letter is likelier than another.
      if (byte < 248 && secret.length < length) secret += alphabet[byte % 62]
    }
  }
  return `bh_${secret}`
}

export const keyDigest = (secret: string): string => new Bun.CryptoHasher('sha256').update(secret).digest('hex')

export const keyPrefix = (secret: string): string => secret.slice(0, 9)
