import type { Transaction } from '../../db/database.ts'

const dependencies = `select depends_on from job_dependencies where job_id`

const lock = `
select id from jobs
where id = any(array(${dependencies} = any(array(select json_array_elements_text($1::json))))) and finished_at is null
order by id for share`

const unfinished = (ids: string) => `(
  select d.job_id, count(*) dependencies from job_dependencies d join jobs j on j.id = d.depends_on
  where ${ids} and j.finished_at is null group by d.job_id)`

const sqlite = `
update jobs set state = 'waiting', waits_for = w.dependencies
from ${unfinished('d.job_id in (select value from json_each(?1))')} w where jobs.id = w.job_id
returning id`

const postgres = `
update jobs set state = 'waiting', waits_for = w.dependencies
from ${unfinished('d.job_id = any(array(select json_array_elements_text($1::json)))')} w where jobs.id = w.job_id
returning id`

/**
 * Has jobs wait again for those of their dependencies that have not ended; returns the ids of such jobs. Nobody ends one
 * of those between the count and the commit.
 */
export async function waitAgain(tx: Transaction, jobIds: string[]): Promise<Set<string>> {
  const given = [JSON.stringify(jobIds)]
  if (tx.dialect === 'postgres') await tx.query(lock, given)
  const rows = await tx.query<{ id: string }>(tx.dialect === 'sqlite' ? sqlite : postgres, given)
  return new Set(rows.map(row => row.id))
}

const countSqlite = `
update jobs set waits_for = waits_for + w.n
from (select job_id, count(*) n from job_dependencies
      where depends_on in (select value from json_each(?1)) group by job_id) w
where jobs.id = w.job_id and jobs.state = 'waiting'`

const countPostgres = `
with w as materialized (
  select job_id, count(*) n from job_dependencies
  where depends_on = any(array(select json_array_elements_text($1::json))) group by job_id),
waiting as materialized (
  select id from jobs where id = any(array(select job_id from w)) and state = 'waiting' order by id for update)
update jobs set waits_for = waits_for + w.n from w
where jobs.id = any(array(select id from waiting)) and jobs.id = w.job_id`

/** Has what still waits for other jobs wait for these as well: at their first end it was counted down. */
export async function beWaitedForAgain(tx: Transaction, jobIds: string[]): Promise<void> {
  await tx.query(tx.dialect === 'sqlite' ? countSqlite : countPostgres, [JSON.stringify(jobIds)])
}
