import { and, asc, eq, gt } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { Connection } from '../db/database.ts'
import { notFound } from '../errors.ts'
import type { ApiKey } from './api-key.ts'
import type { Scope } from './scope.ts'

/** All keys, also revoked and expired ones, by age; those after an id. */
export async function listKeys(
  { database }: Pick<AppContext, 'database'>,
  actor: Actor,
  { after, limit = Number.POSITIVE_INFINITY }: { after?: string | undefined; limit?: number } = {},
): Promise<ApiKey[]> {
  const { apiKeys } = database.tables
  const rows = await database.orm
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.tenantId, actor.tenantId), after === undefined ? undefined : gt(apiKeys.id, after)))
    .orderBy(asc(apiKeys.id))
    // Which a key for some agents sees, the database does not know.
    .limit(Number.isFinite(limit) && !actor.agents ? limit : keysAtMost)
  const seen = rows.map(toKey).filter(key => isSeenBy(actor, key))
  return seen.slice(0, limit)
}

const keysAtMost = 100_000

/** @throws AppError not_found */
export async function readKey(
  { orm, tables: { apiKeys } }: Pick<Connection, 'orm' | 'tables'>,
  actor: Actor,
  id: string,
): Promise<ApiKey> {
  const [row] = await orm
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), eq(apiKeys.tenantId, actor.tenantId)))
  const key = row && toKey(row)
  if (!key || !isSeenBy(actor, key)) throw notFound('key', id)
  return key
}

/** A key for some agents sees keys for these agents only. */
const isSeenBy = ({ agents: own }: Actor, { agents }: ApiKey): boolean =>
  !own || (agents?.every(agent => own.has(agent)) ?? false)

type KeyRow = Omit<ApiKey, 'scopes' | 'agents'> & { scopes: unknown; agents: unknown; digest: string }

export const toKey = ({ digest: _, ...row }: KeyRow): ApiKey => ({
  ...row,
  // Both were checked when they were written.
  scopes: row.scopes as Scope[],
  agents: row.agents as string[] | null,
})
