import type { Transaction } from '../../db/database.ts'
import type { Outcome, Settlement } from '../job.ts'
import type { JobState } from '../job-state.ts'

// Nobody tries a job again that somebody wants cancelled.
const sqlite = `
update jobs set state = iif(?4 or cancel_requested_at is null, ?3, 'cancelled'), attempt = attempt - ?6,
  run_at = iif(?4, run_at, ?8 + ?5), lease_expires_at = null, worker = null,
  finished_at = iif(?4 or cancel_requested_at is not null, ?8, null),
  errors = iif(?7 is null, errors,
               json_insert(errors, '$[#]', json_object('attempt', attempt, 'at', ?8, 'message', ?7)))
where id = ?1 and attempt = ?2 and state = 'running'
returning id, state`

// Rows are locked in the order of their ids, here and wherever several jobs are written, so that writers cannot deadlock.
const postgres = `
with s as materialized (
  select * from json_to_recordset($1::json)
    as s("id" text, "attempt" int, "state" text, "finished" boolean, "delayMs" float8, "giveBack" int, "error" text)),
mine as materialized (
  select jobs.id from jobs join s on jobs.id = s.id and jobs.attempt = s.attempt
  where jobs.state = 'running' order by jobs.id for update of jobs),
clock as materialized (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now)
update jobs set state = case when s.finished or cancel_requested_at is null then s.state else 'cancelled' end, attempt = jobs.attempt - s."giveBack",
  run_at = case when s.finished then jobs.run_at else now + s."delayMs" * interval '1 ms' end,
  lease_expires_at = null, worker = null,
  finished_at = case when s.finished or cancel_requested_at is not null then now end,
  errors = case when s.error is null then errors else (errors::jsonb || jsonb_build_array(jsonb_build_object(
    'attempt', jobs.attempt, 'at', floor(extract(epoch from now) * 1000), 'message', s.error)))::json end
from s, mine, clock
where jobs.id = s.id and jobs.attempt = s.attempt and mine.id = s.id
returning jobs.id, jobs.state`

/**
 * Writes what attempts decided, each only if `(id, attempt)` still holds its lease. Returns the states of the jobs that
 * were written: one that is missing was taken over by somebody else, and its attempt must write nothing more. A job that
 * was to be done again is `cancelled` where somebody has asked for that meanwhile.
 */
export async function settleJobs(
  tx: Transaction,
  settlements: Settlement[],
  now: number | null,
): Promise<Map<string, JobState>> {
  const rows = settlements.map(({ jobId, attempt, outcome }) => ({ id: jobId, attempt, ...columns(outcome) }))
  const written =
    tx.dialect === 'postgres'
      ? await tx.query<Written>(postgres, [JSON.stringify(rows), now])
      : await tx.queryEach<Written>(
          sqlite,
          rows.map(row => [
            row.id,
            row.attempt,
            row.state,
            Number(row.finished),
            row.delayMs,
            row.giveBack,
            row.error,
            now,
          ]),
        )
  return new Map(written.map(row => [row.id, row.state]))
}

interface Written {
  id: string
  state: JobState
}

interface Columns {
  state: JobState
  finished: boolean
  delayMs: number
  giveBack: 0 | 1
  error: string | null
}

function columns(outcome: Outcome): Columns {
  const base = { finished: true, delayMs: 0, giveBack: 0, error: null } as const
  switch (outcome.kind) {
    case 'completed':
      return { ...base, state: 'completed' }
    case 'cancel':
      return { ...base, state: 'cancelled' }
    case 'discard':
      return { ...base, state: 'discarded', error: storable(outcome.message) }
    case 'retry':
      return { ...base, ...later(outcome.delayMs), error: storable(outcome.message) }
    case 'snooze':
      return { ...base, ...later(outcome.delayMs), giveBack: 1 }
    case 'interrupted':
      return { ...base, ...later(0), giveBack: 1 }
  }
}

const later = (delayMs: number) =>
  ({ state: delayMs > 0 ? 'scheduled' : 'available', finished: false, delayMs: Math.ceil(delayMs) }) as const

/** Postgres keeps no NUL and no half character in text; error messages of other services can be of any length. */
const storable = (message: string): string => message.replaceAll('\0', '').slice(0, 2_000).toWellFormed()
