import { and, eq } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { AppError } from '../errors.ts'
import type { ApiKey } from './api-key.ts'
import { configuredKeyId, type KeyRing } from './key-ring.ts'
import { toKey } from './list-keys.ts'

/** What verbs that change keys use. */
export type KeyContext = Pick<AppContext, 'clock' | 'database' | 'emit'> & {
  /** Has this process look the keys up again. */
  forgetKeys: KeyRing['forget']
}

/** What whoever asks may give to others: no more than it has. Null: anything. */
export type Grant = Pick<ApiKey, 'scopes' | 'agents' | 'expiresAt' | 'rateLimit'> | null

/** Read anew, not as it was when the request began. @throws AppError unauthorized for a key that has ended meanwhile */
export async function readGrant(
  { orm, tables: { apiKeys } }: Transaction,
  { keyId, tenantId }: Actor,
  now: number,
): Promise<Grant> {
  if (keyId === null || keyId === configuredKeyId) return null
  const [row] = await orm
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), eq(apiKeys.tenantId, tenantId)))
  if (!row || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)) {
    throw new AppError('unauthorized', 'The key has just ended.')
  }
  return toKey(row)
}

/** Whether all that a key may do, whoever asks may do. */
export const covers = (grant: Grant, { scopes, agents }: Pick<ApiKey, 'scopes' | 'agents'>): boolean =>
  grant === null || (hasScopes(grant, scopes) && hasAgents(grant, agents))

/** @throws AppError forbidden where a key would have more than whoever asks */
export function requireWithin(grant: Grant, key: Pick<ApiKey, 'scopes' | 'agents' | 'expiresAt' | 'rateLimit'>): void {
  if (grant === null) return
  if (!hasScopes(grant, key.scopes)) throw tooMuch(`these scopes: it has ${grant.scopes.join(', ')}`)
  if (!hasAgents(grant, key.agents)) throw tooMuch(`these agents: it has ${grant.agents?.join(', ')}`)
  if (!isAtMost(key.expiresAt, grant.expiresAt)) throw tooMuch('a later end than its own')
  if (!isAtMost(key.rateLimit, grant.rateLimit)) throw tooMuch('a higher rate limit than its own')
}

/** Null is without a limit. */
const isAtMost = (value: number | null, limit: number | null): boolean =>
  limit === null || (value !== null && value <= limit)

const hasScopes = (grant: Pick<ApiKey, 'scopes'>, scopes: ApiKey['scopes']): boolean =>
  grant.scopes.includes('admin') || scopes.every(scope => grant.scopes.includes(scope))

const hasAgents = ({ agents: own }: Pick<ApiKey, 'agents'>, agents: ApiKey['agents']): boolean =>
  own === null || (agents?.every(agent => own.includes(agent)) ?? false)

const tooMuch = (what: string) =>
  new AppError('forbidden', `A key can give no more than it has. This one cannot give ${what}.`)
