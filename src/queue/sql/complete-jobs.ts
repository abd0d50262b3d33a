import type { Transaction } from '../../db/database.ts'
import { type CompletedJob, completedJobs, type Tally, tallyOf } from './completed-tally.ts'
import type { Hold } from './hold-jobs.ts'
import { keptKey } from './kept-key.ts'

const completed = `state = 'completed', lease_expires_at = null, worker = null, unique_key = ${keptKey('running')}`

const sqlite = `
update jobs set ${completed}, finished_at = ?3 where id = ?1 and attempt = ?2 and state = 'running'
returning id, state, has_dependents`

const postgres = `
with mine as materialized (
  select jobs.id from jobs join json_to_recordset($1::json) as s("jobId" text, "attempt" int)
    on jobs.id = s."jobId" and jobs.attempt = s.attempt
  where jobs.state = 'running' order by jobs.id for update of jobs),
done as (
  update jobs set ${completed}, finished_at = (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())))
  where id = any(array(select id from mine))
  returning id, has_dependents)
${tallyOf('done')}`

/** Ends jobs that have nothing to say but that they are done, where the attempts still hold them: the hottest write there is. */
export async function completeJobs(tx: Transaction, holds: Hold[], now: number | null): Promise<CompletedJob[]> {
  const mine = holds.map(({ jobId, attempt }) => ({ jobId, attempt }))
  if (tx.dialect === 'postgres')
    return completedJobs(mine, await tx.query<Tally>(postgres, [JSON.stringify(mine), now]))
  return tx.queryEach(
    sqlite,
    mine.map(({ jobId, attempt }) => [jobId, attempt, now]),
  )
}
