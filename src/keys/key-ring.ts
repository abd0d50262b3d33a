import { timingSafeEqual } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { type ApiKey, keyDigest } from './api-key.ts'
import { toKey } from './list-keys.ts'

export interface KeyRingOptions {
  database: Database
  now(): number
  /** An admin key given from outside: it is in no table. */
  configuredKey: string | null
}

/** How long a key that was revoked elsewhere may still be taken for good. */
const trustMs = 5_000
const keptAtMost = 10_000

/** Tells whose key is presented. What was looked up is trusted for a few seconds. */
export class KeyRing {
  readonly #options: KeyRingOptions
  readonly #configured: { digest: Buffer; key: ApiKey } | null
  readonly #known = new Map<string, { key: ApiKey | null; until: number }>()

  constructor(options: KeyRingOptions) {
    this.#options = options
    const { configuredKey } = options
    this.#configured = configuredKey === null ? null : { digest: digestOf(configuredKey), key: outsideKey }
  }

  /** The key's record where it is good now, else null. At once where it was seen lately. */
  find(secret: string): ApiKey | null | Promise<ApiKey | null> {
    const digest = keyDigest(secret)
    const now = this.#options.now()
    const known = this.#known.get(digest)
    if (known && known.until > now) return isLive(known.key, now) ? known.key : null
    return this.#look(digest, now)
  }

  async #look(digest: string, now: number): Promise<ApiKey | null> {
    const key = this.#isConfigured(digest) ? outsideKey : await this.#read(digest)
    if (this.#known.size >= keptAtMost) this.#known.clear()
    this.#known.set(digest, { key, until: now + trustMs })
    return isLive(key, now) ? key : null
  }

  #isConfigured(digest: string): boolean {
    return this.#configured !== null && timingSafeEqual(this.#configured.digest, Buffer.from(digest, 'hex'))
  }

  async #read(digest: string): Promise<ApiKey | null> {
    const { orm, tables } = this.#options.database
    const [row] = await orm.select().from(tables.apiKeys).where(eq(tables.apiKeys.digest, digest))
    // The index has compared digests, whose bytes tell nothing of the key; this comparison takes the same time for all.
    if (!row || !timingSafeEqual(Buffer.from(row.digest, 'hex'), Buffer.from(digest, 'hex'))) return null
    return toKey(row)
  }
}

const digestOf = (secret: string): Buffer => Buffer.from(keyDigest(secret), 'hex')

const outsideKey: ApiKey = {
  id: 'key_configured',
  tenantId: 'default',
  name: 'BUNKHOUSE_API_KEY',
  prefix: '',
  scopes: ['admin'],
  createdAt: 0,
  expiresAt: null,
  revokedAt: null,
  agents: null,
  rateLimit: null,
  lastUsedAt: null,
}

const isLive = (key: ApiKey | null, now: number): boolean =>
  key !== null && key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now)
