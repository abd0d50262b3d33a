import { asc, eq } from 'drizzle-orm'
import type { AppContext } from '../context.ts'
import type { ApiKey } from './api-key.ts'
import type { Scope } from './scope.ts'

/** All keys, also revoked and expired ones, by age. */
export async function listKeys({ database }: Pick<AppContext, 'database'>, tenantId: string): Promise<ApiKey[]> {
  const { apiKeys } = database.tables
  const rows = await database.orm.select().from(apiKeys).where(eq(apiKeys.tenantId, tenantId)).orderBy(asc(apiKeys.id))
  return rows.map(toKey)
}

type KeyRow = Omit<ApiKey, 'scopes' | 'agents'> & { scopes: unknown; agents: unknown; digest: string }

export const toKey = ({ digest: _, ...row }: KeyRow): ApiKey => ({
  ...row,
  // Both were checked when they were written.
  scopes: row.scopes as Scope[],
  agents: row.agents as string[] | null,
})
