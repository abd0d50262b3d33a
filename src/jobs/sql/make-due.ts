import type { Transaction } from '../../db/database.ts'
import { keptKey } from '../../queue/sql/kept-key.ts'

const sqlite = `
update jobs set state = 'available', run_at = ?2, unique_key = ${keptKey('scheduled')}
where id = ?1 and state = 'scheduled' returning id`

const postgres = `
update jobs set state = 'available', unique_key = ${keptKey('scheduled')},
  run_at = coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp()))
where id = $1 and state = 'scheduled' returning id`

/** Lets a scheduled job begin now. False where it is not scheduled. */
export async function makeDue(tx: Transaction, id: string, now: number | null): Promise<boolean> {
  const rows = await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [id, now])
  return rows.length > 0
}
