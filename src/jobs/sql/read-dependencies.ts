import type { Connection } from '../../db/database.ts'

const sqlite = `
select job_id, depends_on from job_dependencies where job_id in (select value from json_each(?1))
order by job_id, depends_on`

const postgres = `
select job_id, depends_on from job_dependencies where job_id = any(array(select json_array_elements_text($1::json)))
order by job_id, depends_on`

/** What jobs were made to wait for, by their ids. Uses the primary key. */
export async function readDependencies(
  { dialect, query }: Pick<Connection, 'dialect' | 'query'>,
  jobIds: string[],
): Promise<Map<string, string[]>> {
  const text = dialect === 'sqlite' ? sqlite : postgres
  const rows = await query<{ job_id: string; depends_on: string }>(text, [JSON.stringify(jobIds)])
  const byJob = new Map<string, string[]>()
  for (const { job_id, depends_on } of rows) byJob.set(job_id, [...(byJob.get(job_id) ?? []), depends_on])
  return byJob
}
