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

/** A key as a request is judged by. */
export interface KnownKey extends ApiKey {
  /** Requests a minute of all keys of its tenant together; null: as many as they like. */
  tenantRateLimit: number | null
}

/** How long a key that was revoked elsewhere may still be taken for good. */
const trustMs = 5_000
const keptAtMost = 10_000
const minuteMs = 60_000

/** Tells whose key is presented. What was looked up is trusted for a few seconds. */
export class KeyRing {
  readonly #options: KeyRingOptions
  readonly #configured: { digest: Buffer; key: KnownKey } | null
  readonly #known = new Map<string, { key: KnownKey | null; until: number }>()
  /** Since they were last taken: id of a key to the minute of its last look-up. */
  #used = new Map<string, number>()
  #changes = 0

  constructor(options: KeyRingOptions) {
    this.#options = options
    const { configuredKey } = options
    this.#configured = configuredKey === null ? null : { digest: digestOf(configuredKey), key: outsideKey }
  }

  /** The key's record where it is good now, else null. At once where it was seen lately. */
  find(secret: string): KnownKey | null | Promise<KnownKey | null> {
    return this.findByDigest(keyDigest(secret))
  }

  /** The same by the digest of a key, for whoever has presented it before. */
  findByDigest(digest: string): KnownKey | null | Promise<KnownKey | null> {
    const now = this.#options.now()
    const known = this.#known.get(digest)
    if (known && known.until > now) return isLive(known.key, now) ? known.key : null
    return this.#look(digest, now)
  }

  /** Looks a key, or all keys of a tenant, up again before it is trusted: it has just been changed. */
  forget(whose: { keyId: string } | { tenantId: string }): void {
    this.#changes++
    for (const [digest, { key }] of this.#known) {
      // One that was refused may have been of an archived tenant that is back.
      if (key === null || ('keyId' in whose ? key.id === whose.keyId : key.tenantId === whose.tenantId)) {
        this.#known.delete(digest)
      }
    }
  }

  /** Keys of the table that were used since this was last called, with the time, to the minute. */
  takeUsed(): Map<string, number> {
    const used = this.#used
    if (used.size > 0) this.#used = new Map()
    return used
  }

  async #look(digest: string, now: number): Promise<KnownKey | null> {
    const changes = this.#changes
    const key = this.#isConfigured(digest) ? outsideKey : await this.#read(digest)
    if (this.#known.size >= keptAtMost) this.#known.clear()
    // What was changed while it was read may have been read as it was before.
    if (changes === this.#changes) this.#known.set(digest, { key, until: now + trustMs })
    if (key === null || !isLive(key, now)) return null
    // Not at every use: that one was looked up within seconds tells the minute.
    if (key !== outsideKey) this.#used.set(key.id, now - (now % minuteMs))
    return key
  }

  #isConfigured(digest: string): boolean {
    return this.#configured !== null && timingSafeEqual(this.#configured.digest, Buffer.from(digest, 'hex'))
  }

  async #read(digest: string): Promise<KnownKey | null> {
    const { apiKeys, tenants } = this.#options.database.tables
    const [row] = await this.#options.database.orm
      // The whole row, which begins with its id: of a part whose first column is null, drizzle says that there is no row.
      .select({ key: apiKeys, tenant: tenants })
      .from(apiKeys)
      .leftJoin(tenants, eq(tenants.tenantId, apiKeys.tenantId))
      .where(eq(apiKeys.digest, digest))
    // The index has compared digests, whose bytes tell nothing of the key; this comparison takes the same time for all.
    if (!row || !timingSafeEqual(Buffer.from(row.key.digest, 'hex'), Buffer.from(digest, 'hex'))) return null
    if (row.tenant?.archivedAt != null) return null
    return { ...toKey(row.key), tenantRateLimit: row.tenant?.rateLimit ?? null }
  }
}

const digestOf = (secret: string): Buffer => Buffer.from(keyDigest(secret), 'hex')

export const configuredKeyId = 'key_configured'

const outsideKey: KnownKey = {
  id: configuredKeyId,
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
  tenantRateLimit: null,
}

const isLive = (key: ApiKey | null, now: number): boolean =>
  key !== null && key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now)
