import type { Transaction } from '../../db/database.ts'
import type { JobState } from '../job-state.ts'

/** A stored job that others are to depend on. */
export interface DependedOn {
  id: string
  tenant_id: string
  state: JobState
}

const sqliteMark = `
update jobs set has_dependents = 1
where id in (select value from json_each(?1)) and finished_at is null and has_dependents = 0`
const sqliteRead = `select id, tenant_id, state from jobs where id in (select value from json_each(?1))`

// Locked in the order of their ids: whoever ends one of them waits for this transaction, and then sees who depends on it.
const postgresLock = `
with locked as materialized (
  select id, tenant_id, state, finished_at from jobs
  where id = any(array(select json_array_elements_text($1::json))) order by id for update),
marked as (
  update jobs set has_dependents = 1
  where has_dependents = 0 and id = any(array(select id from locked where finished_at is null)))
select id, tenant_id, state from locked`

/** Locks stored jobs by their ids and marks the unfinished ones as depended on. One that is missing does not exist. */
export async function lockDependedOn(tx: Transaction, ids: string[]): Promise<Map<string, DependedOn>> {
  if (ids.length === 0) return new Map()
  const given = [JSON.stringify(ids)]
  if (tx.dialect === 'sqlite') await tx.query(sqliteMark, given)
  const rows = await tx.query<DependedOn>(tx.dialect === 'sqlite' ? sqliteRead : postgresLock, given)
  return new Map(rows.map(row => [row.id, row]))
}

export interface Dependency {
  jobId: string
  dependsOn: string
  tenantId: string
}

const columns = 'job_id, depends_on, tenant_id'
const sqliteInsert = `
insert into job_dependencies (${columns})
select value->>'jobId', value->>'dependsOn', value->>'tenantId' from json_each(?1)`
const postgresInsert = `
insert into job_dependencies (${columns})
select "jobId", "dependsOn", "tenantId"
from json_to_recordset($1::json) as d("jobId" text, "dependsOn" text, "tenantId" text)`

/** Writes down which unfinished jobs others wait for. */
export async function insertDependencies(tx: Transaction, dependencies: Dependency[]): Promise<void> {
  if (dependencies.length === 0) return
  await tx.query(tx.dialect === 'sqlite' ? sqliteInsert : postgresInsert, [JSON.stringify(dependencies)])
}
