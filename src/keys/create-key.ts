import { audit } from '../audit/audit.ts'
import type { Actor } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { newId } from '../runtime/id.ts'
import { requireTenant } from '../tenants/read-tenant.ts'
import { type ApiKey, keyDigest, keyPrefix, newSecret } from './api-key.ts'
import { type KeyContext, readGrant, requireWithin } from './grant.ts'
import type { Scope } from './scope.ts'

export interface KeyInput {
  name: string
  scopes: Scope[]
  /** Milliseconds since 1970; null: never. */
  expiresAt: number | null
  /** Default: all of its tenant. */
  agents?: string[] | null | undefined
  /** Requests a minute; default: as the configuration says. */
  rateLimit?: number | null | undefined
}

/** A key with its secret, which is kept nowhere. */
export interface NewKey {
  key: ApiKey
  secret: string
}

/**
 * Makes a key of the actor's tenant.
 * @throws AppError forbidden where it would have more than whoever asks; not_found for a tenant that is not there
 */
export async function createKey(
  app: Pick<KeyContext, 'clock' | 'database' | 'emit'>,
  actor: Actor,
  input: KeyInput,
): Promise<NewKey> {
  const now = app.clock.now()
  const created = await app.database.transaction(async tx => {
    await requireTenant(tx, actor.tenantId)
    const { agents = null, rateLimit = null } = input
    requireWithin(await readGrant(tx, actor, now), { ...input, agents, rateLimit })
    return insertKey(tx, actor, input, now)
  })
  tellCreated(app, created)
  return created
}

/** The same in the caller's transaction, who says afterwards that it was made. */
export async function insertKey(tx: Transaction, actor: Actor, input: KeyInput, now: number): Promise<NewKey> {
  const secret = newSecret()
  const { name, scopes, expiresAt, agents = null, rateLimit = null } = input
  const key: ApiKey = {
    id: newId('key'),
    tenantId: actor.tenantId,
    name,
    prefix: keyPrefix(secret),
    scopes,
    agents,
    rateLimit,
    createdAt: now,
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  }
  await tx.orm.insert(tx.tables.apiKeys).values({ ...key, digest: keyDigest(secret) })
  const details = {
    name,
    scopes,
    agents,
    rate_limit: rateLimit,
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  }
  await audit(tx, actor, { action: 'key.created', target: { type: 'key', id: key.id }, details }, now)
  return { key, secret }
}

/** After the commit. */
export function tellCreated({ emit }: Pick<KeyContext, 'emit'>, { key }: NewKey): void {
  emit('key.created', { keyId: key.id, name: key.name })
  emit('audit.recorded', { action: 'key.created' })
}
