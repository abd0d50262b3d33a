import type { Transaction } from '../../db/database.ts'
import type { JobState } from '../job-state.ts'
import { keptKey } from './kept-key.ts'

/** A job that has just ended, on which others depend. */
export interface EndedJob {
  id: string
  state: JobState
}

const failed = 'links.failure is not null and runs_after_failure = 0'
const decide = `case when ${failed} then 'cancelled' when waits_for > links.ended then 'waiting'
  when run_at <= clock.now then 'available' else 'scheduled' end`
const failure = `max(case when e.failure is not null then
    'Job ' || e.id || ', on which it depends, was ' || e.failure || '.' end)`

const sqlite = `
update jobs set waits_for = max(waits_for - links.ended, 0), state = ${decide}, unique_key = ${keptKey('waiting')},
  finished_at = iif(${failed}, clock.now, null),
  errors = iif(${failed}, json_insert(errors, '$[#]',
               json_object('attempt', attempt, 'at', clock.now, 'message', links.failure)), errors)
from (select d.job_id, count(*) ended, ${failure} failure
      from (select value->>'id' id, value->>'failure' failure from json_each(?1)) e
      cross join job_dependencies d on d.depends_on = e.id group by d.job_id) links, (select ?2 now) clock
where jobs.id = links.job_id and jobs.state = 'waiting'
returning jobs.id, queue, state, has_dependents`

const postgres = `
with clock as materialized (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
links as materialized (
  select d.job_id, count(*)::int ended, ${failure} failure
  from json_to_recordset($1::json) as e("id" text, "failure" text) join job_dependencies d on d.depends_on = e.id
  group by d.job_id),
waiting as materialized (
  select id from jobs where id = any(array(select job_id from links)) and state = 'waiting' order by id for update)
update jobs set waits_for = greatest(waits_for - links.ended, 0), state = ${decide}, unique_key = ${keptKey('waiting')},
  finished_at = case when ${failed} then clock.now end,
  errors = case when ${failed} then (errors::jsonb || jsonb_build_array(jsonb_build_object(
    'attempt', attempt, 'at', floor(extract(epoch from clock.now) * 1000), 'message', links.failure)))::json
    else errors end
from links, clock
where jobs.id = any(array(select id from waiting)) and jobs.id = links.job_id
returning jobs.id, queue, state, has_dependents`

interface Row extends EndedJob {
  queue: string
  has_dependents: number
}

/**
 * Counts down what waits for these jobs, in the transaction that ended them; what waits for nothing more is available, or
 * scheduled. What was not to run after a failure is cancelled, and so is what depends on that in turn. Uses the index
 * `job_dependencies_by_dependency`. Safe beside other transactions: whoever adds a dependent locks the job that it
 * depends on first, and two that end jobs of one dependent take turns at its row.
 * @param released gets the queues with jobs that may now be claimed
 */
export async function releaseDependents(
  tx: Transaction,
  jobs: EndedJob[],
  now: number | null,
  released: Set<string>,
): Promise<void> {
  let ended = jobs
  while (ended.length > 0) {
    const input = ended.map(({ id, state }) => ({ id, failure: state === 'completed' ? null : state }))
    const rows = await tx.query<Row>(tx.dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(input), now])
    for (const { queue, state } of rows) if (state !== 'waiting') released.add(queue)
    ended = rows.filter(row => row.state === 'cancelled' && row.has_dependents === 1)
  }
}
