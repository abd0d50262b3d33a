import type { Transaction } from '../../db/database.ts'
import type { NewEvent } from '../event.ts'

const sqlite = `
insert into run_events (run_id, seq, tenant_id, type, data, created_at)
select id, (select coalesce(max(seq), 0) + 1 from run_events where run_id = id), tenant_id, ?2, ?3, ?4
from runs where id = ?1
returning seq`

const postgres = `
insert into run_events (run_id, seq, tenant_id, type, data, created_at)
select id, (select coalesce(max(seq), 0) + 1 from run_events where run_id = id), tenant_id, $2, $3::json, $4::timestamptz
from runs where id = $1
returning seq`

/**
 * Appends one event to a run that nobody executes: the caller's transaction has just taken its job from its worker, or
 * cancelled it before it had one. Returns its number.
 */
export async function appendEvent(tx: Transaction, runId: string, event: NewEvent, now: number): Promise<number> {
  const params = [runId, event.type, JSON.stringify(event.data), now]
  const [row] = await tx.query<{ seq: number }>(tx.dialect === 'sqlite' ? sqlite : postgres, params)
  return row?.seq ?? 0
}
