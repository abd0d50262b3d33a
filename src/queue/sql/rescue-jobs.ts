import type { Transaction } from '../../db/database.ts'
import type { Json } from '../../json.ts'
import { blockOrderKeys } from './block-order-key.ts'
import { keptKey } from './kept-key.ts'
import { releaseDependents } from './release-dependents.ts'

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
  has_dependents: number
  blocks: number
}

const decide = `case when cancel_requested_at is not null then 'cancelled'
  when attempt >= max_attempts then 'discarded' else 'available' end`
const final = '(cancel_requested_at is not null or attempt >= max_attempts)'
const key = keptKey('running')
const message = 'The worker died or lost its lease.'

const sqlite = `
update jobs set state = ${decide}, finished_at = iif(${final}, ?1, null), lease_expires_at = null, worker = null,
  unique_key = ${key},
  errors = json_insert(errors, '$[#]', json_object('attempt', attempt, 'at', ?1, 'message', '${message}'))
where id in (select id from jobs where state = 'running' and (?3 or lease_expires_at <= ?1)
               and id not in (select value from json_each(?4))
             order by lease_expires_at limit ?2)
returning id, queue, kind, payload, attempt, state, has_dependents, state = 'discarded' and order_blocks = 1 blocks`

const postgres = `
with clock as materialized (select coalesce($1::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
lost as materialized (
  select id from jobs, clock where state = 'running' and ($3::int = 1 or lease_expires_at <= now)
    and not id = any(array(select json_array_elements_text($4::json)))
  order by lease_expires_at limit $2 for update of jobs skip locked)
update jobs set state = ${decide}, finished_at = case when ${final} then now end, lease_expires_at = null, worker = null,
  unique_key = ${key},
  errors = (errors::jsonb || jsonb_build_array(jsonb_build_object(
    'attempt', attempt, 'at', floor(extract(epoch from now) * 1000), 'message', '${message}')))::json
from clock where jobs.id = any(array(select id from lost))
returning jobs.id, queue, kind, payload, attempt, state, has_dependents,
  (state = 'discarded' and order_blocks = 1)::int blocks`

export interface RescueOptions {
  now: number | null
  limit: number
  /** Also leases that have not ended: for the one process that owns the whole database, at its start. */
  everyLease: boolean
  /** Jobs that are left alone. */
  except?: string[]
}

/**
 * Takes jobs away from workers whose lease has ended: back to `available`, or to their end if no attempt is left or
 * somebody wanted them cancelled. Uses the partial index `jobs_to_rescue`. Idempotent: any number of processes may do it.
 * @param released gets the queues of jobs that may now be claimed because they waited for these
 */
export async function rescueJobs(
  tx: Transaction,
  { now, limit, everyLease, except = [] }: RescueOptions,
  released: Set<string> = new Set(),
): Promise<RescuedJob[]> {
  const text = tx.dialect === 'sqlite' ? sqlite : postgres
  const rows = await tx.query<Row>(text, [now, limit, everyLease ? 1 : 0, JSON.stringify(except)])
  const blocking = rows.filter(row => row.blocks === 1).map(row => row.id)
  if (blocking.length > 0) await blockOrderKeys(tx, blocking, now)
  const ended = rows.filter(row => row.has_dependents === 1 && row.state !== 'available')
  if (ended.length > 0) await releaseDependents(tx, ended, now, released)
  return rows.map(({ id, queue, kind, payload, attempt, state }) => ({
    id,
    queue,
    kind,
    payload: JSON.parse(payload) as Json,
    attempt,
    state,
  }))
}
