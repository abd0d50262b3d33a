import type { Transaction } from '../../db/database.ts'
import type { Settlement } from '../job.ts'
import { finalStates, type JobState } from '../job-state.ts'
import { outcomeColumns } from '../outcome-columns.ts'
import { blockOrderKeys } from './block-order-key.ts'
import { completeJobs } from './complete-jobs.ts'
import { forgetDependents, forgetJobs } from './forget-jobs.ts'
import { keptKey } from './kept-key.ts'
import { lockJobs } from './lock-jobs.ts'
import { pauseKey } from './pause-key.ts'
import { releaseDependents } from './release-dependents.ts'

const key = keptKey('running')

// Nobody tries a job again that somebody wants cancelled.
const sqlite = `
update jobs set state = iif(?4 or cancel_requested_at is null, ?3, 'cancelled'), attempt = attempt - ?6,
  run_at = iif(?4, run_at, ?10 + ?5), lease_expires_at = null, worker = null, unique_key = ${key},
  finished_at = iif(?4 or cancel_requested_at is not null, ?10, null), result = coalesce(?8, result),
  errors = iif(?7 is null, errors,
               json_insert(errors, '$[#]', json_object('attempt', attempt, 'at', ?10, 'message', ?7)))
where id = ?1 and attempt = ?2 and state = 'running'
returning id, state, has_dependents, state = 'discarded' and order_blocks = 1 blocks, iif(?9, limit_key, null) paused_key,
  queue`

// Rows are locked in the order of their ids, here and wherever several jobs are written, so that writers cannot deadlock.
const postgres = `
with s as materialized (
  select * from json_to_recordset($1::json)
    as s("id" text, "attempt" int, "state" text, "finished" boolean, "delayMs" float8, "giveBack" int, "error" text,
         "result" text, "pausesKey" boolean)),
mine as materialized (
  select jobs.id from jobs join s on jobs.id = s.id and jobs.attempt = s.attempt
  where jobs.state = 'running' order by jobs.id for update of jobs),
clock as materialized (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now)
update jobs set state = case when s.finished or cancel_requested_at is null then s.state else 'cancelled' end,
  attempt = jobs.attempt - s."giveBack",
  run_at = case when s.finished then jobs.run_at else now + s."delayMs" * interval '1 ms' end,
  lease_expires_at = null, worker = null, unique_key = ${key},
  finished_at = case when s.finished or cancel_requested_at is not null then now end,
  result = coalesce(s.result::json, jobs.result),
  errors = case when s.error is null then errors else (errors::jsonb || jsonb_build_array(jsonb_build_object(
    'attempt', jobs.attempt, 'at', floor(extract(epoch from now) * 1000), 'message', s.error)))::json end
from s, mine, clock
where jobs.id = s.id and jobs.attempt = s.attempt and mine.id = s.id
returning jobs.id, jobs.state, has_dependents, (jobs.state = 'discarded' and order_blocks = 1)::int blocks,
  case when s."pausesKey" then limit_key end paused_key, queue`

interface Written {
  id: string
  state: JobState
  has_dependents: number
}

interface DecidedJob extends Written {
  blocks: number
  paused_key: string | null
  queue: string
}

/**
 * Writes what attempts decided, each only if `(id, attempt)` still holds its lease. Returns the states of the jobs that
 * were written: one that is missing was taken over by somebody else, and its attempt must write nothing more. A job that
 * was to be done again is `cancelled` where somebody has asked for that meanwhile.
 * @param released gets the queues of jobs that may now be claimed because they waited for these
 */
export async function settleJobs(
  tx: Transaction,
  settlements: Settlement[],
  now: number | null,
  released: Set<string> = new Set(),
): Promise<Map<string, JobState>> {
  const { plain, forgotten, others } = bySort(settlements)
  const [, ...written] = await Promise.all([
    forgotten.length > 0 && forgotten.length < settlements.length ? lockAll(tx, settlements) : null,
    plain.length > 0 ? completeJobs(tx, plain, now) : [],
    forgotten.length > 0 ? forgetJobs(tx, forgotten) : [],
    others.length > 0 ? decideJobs(tx, others, now) : [],
  ])
  const rows: Written[] = written.flat()
  const ended = rows.filter(row => row.has_dependents === 1 && isFinal(row.state))
  if (ended.length > 0) {
    await releaseDependents(tx, ended, now, released)
    if (forgotten.length > 0) {
      const gone = written[1].filter(row => row.has_dependents === 1).map(row => row.id)
      if (gone.length > 0) await forgetDependents(tx, gone)
    }
  }
  return new Map(rows.map(row => [row.id, row.state]))
}

/** `plain`: completed, and nothing else to be said. Where there are others, one statement writes them all. */
function bySort(settlements: Settlement[]) {
  const sorted = { plain: [] as Settlement[], forgotten: [] as Settlement[], others: [] as Settlement[] }
  for (const settlement of settlements) {
    const { outcome, forgets } = settlement
    if (outcome.kind !== 'completed') sorted.others.push(settlement)
    else if (forgets) sorted.forgotten.push(settlement)
    else if (outcome.result === undefined) sorted.plain.push(settlement)
    else sorted.others.push(settlement)
  }
  if (sorted.others.length > 0) sorted.others.push(...sorted.plain.splice(0))
  return sorted
}

const lockAll = (tx: Transaction, settlements: Settlement[]) =>
  lockJobs(
    tx,
    settlements.map(({ jobId }) => jobId),
  )

/** The outcomes of every sort, with what they mean for other jobs of their order key and their limit key. */
async function decideJobs(tx: Transaction, settlements: Settlement[], now: number | null): Promise<Written[]> {
  const rows = settlements.map(({ jobId, attempt, outcome }) => ({ id: jobId, attempt, ...outcomeColumns(outcome) }))
  const written =
    tx.dialect === 'postgres'
      ? await tx.query<DecidedJob>(postgres, [JSON.stringify(rows), now])
      : await tx.queryEach<DecidedJob>(
          sqlite,
          rows.map(row => [
            row.id,
            row.attempt,
            row.state,
            Number(row.finished),
            row.delayMs,
            row.giveBack,
            row.error,
            row.result,
            Number(row.pausesKey),
            now,
          ]),
        )
  const blocking = written.filter(row => row.blocks === 1).map(row => row.id)
  if (blocking.length > 0) await blockOrderKeys(tx, blocking, now)
  const delays = new Map(rows.map(row => [row.id, row.delayMs]))
  for (const pause of pauses(written, delays)) await pauseKey(tx, pause, now)
  return written
}

/** Each key once, for as long as the longest of its delays, in one order: other transactions may pause several too. */
function pauses(written: DecidedJob[], delays: Map<string, number>) {
  const byKey = new Map<string, { queue: string; key: string; forMs: number }>()
  for (const { id, queue, paused_key: key } of written) {
    if (key === null) continue
    const name = JSON.stringify([queue, key])
    const forMs = Math.max(delays.get(id) ?? 0, byKey.get(name)?.forMs ?? 0)
    byKey.set(name, { queue, key, forMs })
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pause]) => pause)
}

const isFinal = (state: JobState): boolean => (finalStates as readonly JobState[]).includes(state)
