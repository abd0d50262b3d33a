import type { Transaction } from '../../db/database.ts'
import { type CompletedJob, completedJobs, type Tally, tallyOf } from './completed-tally.ts'
import type { Hold } from './hold-jobs.ts'

const sqlite = `
delete from jobs where id = ?1 and attempt = ?2 and state = 'running' returning id, 'completed' state, has_dependents`

const sqliteTraces = [
  'delete from job_logs where job_id in (select value from json_each(?1))',
  'delete from job_dependencies where job_id in (select value from json_each(?1))',
]

const postgres = `
with mine as materialized (
  select jobs.id from jobs join json_to_recordset($1::json) as s("jobId" text, "attempt" int)
    on jobs.id = s."jobId" and jobs.attempt = s.attempt
  where jobs.state = 'running' order by jobs.id for update of jobs),
logs as (delete from job_logs where job_id = any(array(select id from mine))),
links as (delete from job_dependencies where job_id = any(array(select id from mine))),
gone as (delete from jobs where id = any(array(select id from mine)) returning id, has_dependents)
${tallyOf('gone')}`

/** Deletes jobs that are done, with what is kept of them elsewhere, where the attempts still hold them. */
export async function forgetJobs(tx: Transaction, holds: Hold[]): Promise<CompletedJob[]> {
  const mine = holds.map(({ jobId, attempt }) => ({ jobId, attempt }))
  if (tx.dialect === 'postgres') return completedJobs(mine, await tx.query<Tally>(postgres, [JSON.stringify(mine)]))
  const gone = await tx.queryEach<CompletedJob>(
    sqlite,
    mine.map(({ jobId, attempt }) => [jobId, attempt]),
  )
  const ids = JSON.stringify(gone.map(job => job.id))
  for (const text of sqliteTraces) await tx.query(text, [ids])
  return gone
}

/** What others depended on is gone, and they know of its end. */
export async function forgetDependents(tx: Transaction, jobIds: string[]): Promise<void> {
  const ids = tx.dialect === 'sqlite' ? 'value from json_each(?1)' : 'json_array_elements_text($1::json)'
  await tx.query(`delete from job_dependencies where depends_on in (select ${ids})`, [JSON.stringify(jobIds)])
}
