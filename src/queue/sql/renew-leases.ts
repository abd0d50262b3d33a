import type { Transaction } from '../../db/database.ts'
import type { Hold } from './hold-jobs.ts'

export interface Renewed {
  id: string
  cancelRequested: boolean
}

const sqlite = `
update jobs set lease_expires_at = ?2 + ?3
from (select value->>'jobId' id, value->>'attempt' attempt from json_each(?1)) h
where jobs.id = h.id and jobs.attempt = h.attempt and jobs.state = 'running'
returning jobs.id, cancel_requested_at is not null cancel_requested`

const postgres = `
with mine as materialized (
  select jobs.id from jobs join json_to_recordset($1::json) as h("jobId" text, "attempt" int)
    on jobs.id = h."jobId" and jobs.attempt = h.attempt
  where jobs.state = 'running' order by jobs.id for update of jobs)
update jobs set lease_expires_at = coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp()))
                                   + $3::float8 * interval '1 ms'
from mine where jobs.id = mine.id
returning jobs.id, (cancel_requested_at is not null)::int cancel_requested`

/** The heartbeat. A hold that is missing from the answer was taken over; the others learn here if they are to stop. */
export async function renewLeases(
  tx: Transaction,
  holds: Hold[],
  time: { now: number | null; leaseMs: number },
): Promise<Renewed[]> {
  const text = tx.dialect === 'sqlite' ? sqlite : postgres
  const rows = await tx.query<{ id: string; cancel_requested: number }>(text, [
    JSON.stringify(holds),
    time.now,
    time.leaseMs,
  ])
  return rows.map(row => ({ id: row.id, cancelRequested: row.cancel_requested === 1 }))
}
