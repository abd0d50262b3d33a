import { and, desc, eq, gte, lt } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { AuditAction } from './action.ts'
import type { AuditRow } from './chain.ts'

export interface AuditFilter {
  /** A key's id, `operator` or `system`. */
  actor?: string | undefined
  action?: AuditAction | undefined
  /** Id of what was acted upon. */
  target?: string | undefined
  /** Milliseconds since 1970, inclusive. */
  after?: number | undefined
  /** Exclusive. */
  before?: number | undefined
}

/** What was done in the actor's tenant, the latest first. `below`: only entries with a lower number. */
export function listAudit(
  { database }: Pick<AppContext, 'database'>,
  { tenantId }: Pick<Actor, 'tenantId'>,
  filter: AuditFilter,
  { below, limit }: { below?: number | undefined; limit: number },
): Promise<AuditRow[]> {
  const { auditLog } = database.tables
  return database.orm
    .select()
    .from(auditLog)
    .where(
      and(
        eq(auditLog.tenantId, tenantId),
        filter.actor === undefined ? undefined : eq(auditLog.actor, filter.actor),
        filter.action === undefined ? undefined : eq(auditLog.action, filter.action),
        filter.target === undefined ? undefined : eq(auditLog.targetId, filter.target),
        filter.after === undefined ? undefined : gte(auditLog.at, filter.after),
        filter.before === undefined ? undefined : lt(auditLog.at, filter.before),
        below === undefined ? undefined : lt(auditLog.seq, below),
      ),
    )
    .orderBy(desc(auditLog.seq))
    .limit(limit)
}
