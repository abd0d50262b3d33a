import { inArray } from 'drizzle-orm'
import type { Transaction } from '../db/database.ts'
import { toApproval } from './approval.ts'
import type { ApprovalOutbox } from './approval-outbox.ts'

const sqlite = `
update approvals set state = 'cancelled', resolved_by = 'system', resolved_at = ?2, remind_at = null
where run_id in (select value from json_each(?1)) and state = 'pending' returning id`

const postgres = `
update approvals set state = 'cancelled', resolved_by = 'system', resolved_at = $2::timestamptz, remind_at = null
where run_id = any(array(select json_array_elements_text($1::json))) and state = 'pending' returning id`

/** Nobody need decide any more: these runs have ended. Whoever was asked is told. Returns the runs that were waited for. */
export async function closeApprovals(
  tx: Transaction,
  runIds: string[],
  { now, outbox }: { now: number; outbox: ApprovalOutbox },
): Promise<{ id: string; tenantId: string }[]> {
  if (runIds.length === 0) return []
  const statement = tx.dialect === 'sqlite' ? sqlite : postgres
  const closed = await tx.query<{ id: string }>(statement, [JSON.stringify(runIds), now])
  if (closed.length === 0) return []
  const { approvals } = tx.tables
  const ids = closed.map(({ id }) => id)
  const rows = await tx.orm.select().from(approvals).where(inArray(approvals.id, ids)).orderBy(approvals.id)
  const news = rows.map(row => ({ type: 'approval.resolved' as const, approval: toApproval(row), at: now }))
  await outbox.tellApprovals(tx, news)
  return rows.flatMap(({ childRunId, tenantId }) => (childRunId === null ? [] : [{ id: childRunId, tenantId }]))
}
