import type { Transaction } from '../db/database.ts'

const sqlite = `
update approvals set state = 'cancelled', resolved_by = 'system', resolved_at = ?2, remind_at = null
where run_id in (select value from json_each(?1)) and state = 'pending'`

const postgres = `
update approvals set state = 'cancelled', resolved_by = 'system', resolved_at = $2::timestamptz, remind_at = null
where run_id = any(array(select json_array_elements_text($1::json))) and state = 'pending'`

/** Nobody need decide any more: these runs have ended. */
export async function closeApprovals(tx: Transaction, runIds: string[], now: number): Promise<void> {
  if (runIds.length > 0) await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(runIds), now])
}
