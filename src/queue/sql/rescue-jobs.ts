import type { Transaction } from '../../db/database.ts'
import type { Json } from '../../json.ts'

export interface RescuedJob {
  id: string
  queue: string
  kind: string
  payload: Json
  /** The attempt that was lost. */
  attempt: number
  state: 'available' | 'cancelled' | 'discarded'
}

interface Row extends Omit<RescuedJob, 'payload'> {
  payload: string
}

const decide = `case when cancel_requested_at is not null then 'cancelled'
  when attempt >= max_attempts then 'discarded' else 'available' end`
const final = '(cancel_requested_at is not null or attempt >= max_attempts)'
const message = 'The worker died or lost its lease.'

const sqlite = `
update jobs set state = ${decide}, finished_at = iif(${final}, ?1, null), lease_expires_at = null, worker = null,
  errors = json_insert(errors, '$[#]', json_object('attempt', attempt, 'at', ?1, 'message', '${message}'))
where id in (select id from jobs where state = 'running' and (?3 or lease_expires_at <= ?1)
             order by lease_expires_at limit ?2)
returning id, queue, kind, payload, attempt, state`

const postgres = `
with clock as materialized (select coalesce($1::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
lost as materialized (
  select id from jobs, clock where state = 'running' and ($3::int = 1 or lease_expires_at <= now)
  order by lease_expires_at limit $2 for update of jobs skip locked)
update jobs set state = ${decide}, finished_at = case when ${final} then now end, lease_expires_at = null, worker = null,
  errors = (errors::jsonb || jsonb_build_array(jsonb_build_object(
    'attempt', attempt, 'at', floor(extract(epoch from now) * 1000), 'message', '${message}')))::json
from clock where jobs.id = any(array(select id from lost))
returning jobs.id, queue, kind, payload, attempt, state`

/**
 * Takes jobs away from workers whose lease has ended: back to `available`, or to their end if no attempt is left or
 * somebody wanted them cancelled. Uses the partial index `jobs_to_rescue`. Idempotent: any number of processes may do it.
 * @param everyLease also leases that have not ended: for the one process that owns the whole database, at its start
 */
export async function rescueJobs(
  tx: Transaction,
  options: { now: number | null; limit: number; everyLease: boolean },
): Promise<RescuedJob[]> {
  const text = tx.dialect === 'sqlite' ? sqlite : postgres
  const rows = await tx.query<Row>(text, [options.now, options.limit, options.everyLease ? 1 : 0])
  return rows.map(row => ({ ...row, payload: JSON.parse(row.payload) as Json }))
}
