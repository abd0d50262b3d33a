import type { AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { newId } from '../runtime/id.ts'
import { type ApiKey, keyDigest, keyPrefix, newSecret } from './api-key.ts'
import type { Scope } from './scope.ts'

export interface KeyInput {
  tenantId: string
  name: string
  scopes: Scope[]
  expiresAt: number | null
  /** Default: all of its tenant. */
  agents?: string[] | null
  /** Requests a minute; default: as the configuration says. */
  rateLimit?: number | null
}

/** A key with its secret, which is kept nowhere. */
interface NewKey {
  key: ApiKey
  secret: string
}

/** Makes a key. */
export async function createKey(
  { database, clock, emit }: Pick<AppContext, 'database' | 'clock' | 'emit'>,
  input: KeyInput,
): Promise<NewKey> {
  const created = await database.transaction(tx => insertKey(tx, input, clock.now()))
  emit('key.created', { keyId: created.key.id, name: created.key.name })
  return created
}

/** The same in the caller's transaction, who says that it was made. */
export async function insertKey({ orm, tables }: Transaction, input: KeyInput, now: number): Promise<NewKey> {
  const secret = newSecret()
  const made = { id: newId('key'), prefix: keyPrefix(secret), createdAt: now, revokedAt: null, lastUsedAt: null }
  const key: ApiKey = { agents: null, rateLimit: null, ...input, ...made }
  await orm
    .insert(tables.apiKeys)
    .values({ ...key, digest: keyDigest(secret) })
    .returning()
  return { key, secret }
}
