import type { Transaction } from '../../db/database.ts'
import type { Json } from '../../json.ts'

export interface CancelledJob {
  id: string
  payload: Json
  /** `cancelled` where it had not begun; `running` where its worker has now been asked to stop. */
  state: 'cancelled' | 'running'
}

const sqlite = `
update jobs set cancel_requested_at = coalesce(cancel_requested_at, ?2),
  state = iif(state = 'running', 'running', 'cancelled'), finished_at = iif(state = 'running', null, ?2)
where id in (select value from json_each(?1)) and state in ('scheduled', 'available', 'running')
returning id, payload, state`

const postgres = `
with clock as materialized (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
live as materialized (
  select id from jobs where id in (select json_array_elements_text($1::json))
  and state in ('scheduled', 'available', 'running') order by id for update)
update jobs set cancel_requested_at = coalesce(cancel_requested_at, now),
  state = case state when 'running' then 'running' else 'cancelled' end,
  finished_at = case state when 'running' then null else now end
from live, clock where jobs.id = live.id
returning jobs.id, payload, state`

/** Cancels jobs that wait, and asks the workers of running ones to stop. Finished jobs are not in the answer. */
export async function cancelJobs(tx: Transaction, ids: string[], now: number | null): Promise<CancelledJob[]> {
  const rows = await tx.query<{ id: string; payload: string; state: CancelledJob['state'] }>(
    tx.dialect === 'sqlite' ? sqlite : postgres,
    [JSON.stringify(ids), now],
  )
  return rows.map(row => ({ ...row, payload: JSON.parse(row.payload) as Json }))
}
