import type { Transaction } from '../../db/database.ts'
import type { Json } from '../../json.ts'
import { unblockOrderKeys } from './block-order-key.ts'
import { keptKey } from './kept-key.ts'
import { lockJobs } from './lock-jobs.ts'
import { releaseDependents } from './release-dependents.ts'
import { writeOutClaims } from './write-out-claims.ts'

export interface CancelledJob {
  id: string
  payload: Json
  /** `cancelled` where it had not begun; `running` where its worker has now been asked to stop. */
  state: 'cancelled' | 'running'
}

interface Row {
  id: string
  payload: string
  state: CancelledJob['state']
  has_dependents: number
}

const live = `state in ('waiting', 'scheduled', 'available', 'running')`
const key = `case state when 'running' then unique_key else ${keptKey()} end`

const sqlite = `
update jobs set cancel_requested_at = coalesce(cancel_requested_at, ?2), unique_key = ${key},
  state = iif(state = 'running', 'running', 'cancelled'), finished_at = iif(state = 'running', null, ?2)
where id in (select value from json_each(?1)) and ${live}
returning id, payload, state, has_dependents`

const postgres = `
with clock as materialized (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
live as materialized (
  select id from jobs where id in (select json_array_elements_text($1::json)) and ${live} order by id for update)
update jobs set cancel_requested_at = coalesce(cancel_requested_at, now), unique_key = ${key},
  state = case state when 'running' then 'running' else 'cancelled' end,
  finished_at = case state when 'running' then null else now end
from live, clock where jobs.id = live.id
returning jobs.id, payload, state, has_dependents`

/**
 * Cancels jobs that wait, and asks the workers of running ones to stop; a discarded job that blocks its order key is
 * cancelled too, and the key goes on. Other finished jobs are not in the answer, nor are jobs that are cancelled because
 * they depended on these.
 * @param released gets the queues of jobs that may now be claimed because they waited for these
 */
export async function cancelJobs(
  tx: Transaction,
  ids: string[],
  now: number | null,
  released: Set<string> = new Set(),
): Promise<CancelledJob[]> {
  await writeOutClaims(tx, { jobs: ids })
  if (tx.dialect === 'postgres') {
    // Who was about to claim them has done so by now.
    await lockJobs(tx, ids)
    await writeOutClaims(tx, { jobs: ids })
  }
  const text = tx.dialect === 'sqlite' ? sqlite : postgres
  const rows = await tx.query<Row>(text, [JSON.stringify(ids), now])
  const ended = rows.filter(row => row.state === 'cancelled' && row.has_dependents === 1)
  if (ended.length > 0) await releaseDependents(tx, ended, now, released)
  if (rows.length < ids.length) rows.push(...(await cancelBlocking(tx, ids, now, released)))
  return rows.map(({ id, payload, state }) => ({ id, payload: JSON.parse(payload) as Json, state }))
}

const discarded = `state = 'cancelled', unique_key = ${keptKey('discarded')}`

const discardedSqlite = `
update jobs set ${discarded}, cancel_requested_at = ?2
where id in (select value from json_each(?1)) and state = 'discarded'
returning id, payload, state, has_dependents`

const discardedPostgres = `
update jobs set ${discarded},
  cancel_requested_at = (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())))
where id = any(array(select json_array_elements_text($1::json))) and state = 'discarded'
returning id, payload, state, has_dependents`

/** Their dependents have known of their end since they were discarded. */
async function cancelBlocking(tx: Transaction, ids: string[], now: number | null, released: Set<string>) {
  const unblocked = await unblockOrderKeys(tx, ids)
  if (unblocked.length === 0) return []
  for (const { queue } of unblocked) released.add(queue)
  return tx.query<Row>(tx.dialect === 'sqlite' ? discardedSqlite : discardedPostgres, [
    JSON.stringify(unblocked.map(({ jobId }) => jobId)),
    now,
  ])
}
