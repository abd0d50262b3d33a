import { and, eq, isNull } from 'drizzle-orm'
import type { AppContext } from '../context.ts'
import { notFound } from '../errors.ts'

/** Ends a key. Running processes refuse it within seconds. @throws AppError not_found, also where it is revoked already */
export async function revokeKey(
  { database, clock }: Pick<AppContext, 'database' | 'clock'>,
  tenantId: string,
  id: string,
): Promise<void> {
  const revoked = await database.transaction(({ orm, tables: { apiKeys } }) =>
    orm
      .update(apiKeys)
      .set({ revokedAt: clock.now() })
      .where(and(eq(apiKeys.id, id), eq(apiKeys.tenantId, tenantId), isNull(apiKeys.revokedAt)))
      .returning({ id: apiKeys.id }),
  )
  if (revoked.length === 0) throw notFound('live key', id)
}
