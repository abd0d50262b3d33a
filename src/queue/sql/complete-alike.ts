import type { Database, Param, Transaction } from '../../db/database.ts'
import { textArray } from '../../db/text-array.ts'
import { keptKey } from './kept-key.ts'

/** Jobs that have completed, all in the same attempt, and nothing else is to be said of them. */
export interface Alike {
  ids: string[]
  attempt: number
  /** They are deleted, with what is kept of them elsewhere. */
  forgets: boolean
  /** They are in claims (those are forgotten); these are the ids of claims that end with them. Null: their rows run. */
  ofClaims: string[] | null
}

const completed = `state = 'completed', lease_expires_at = null, worker = null, unique_key = ${keptKey('running')}`

// Others want to know of the end of what they depend on: that is more than a statement.
const sqliteMine = `where id in (select value from json_each(?1)) and attempt = ?2 and state = 'running' and has_dependents = 0`
const sqliteComplete = `update jobs set ${completed}, finished_at = ?3 ${sqliteMine}`
const sqliteOfClaim = `where id in (select value from json_each(?1)) and attempt = ?2 - 1 and state = 'available'
  and has_dependents = 0`
const sqliteForget = `delete from jobs ${sqliteMine}`
const sqliteForgetOfClaim = `delete from jobs ${sqliteOfClaim}`
const sqliteEndClaims = 'delete from claims where id in (select value from json_each(?1))'
// Most often there is nothing at all in these tables: one look, instead of one for each job.
const sqliteAnyTraces = 'select exists (select 1 from job_logs) or exists (select 1 from job_dependencies) found'
const sqliteTraces = [
  'delete from job_logs where job_id in (select value from json_each(?1))',
  'delete from job_dependencies where job_id in (select value from json_each(?1))',
] as const

// What has a lease runs. Said like this, nothing but the primary key can find it: the index of what runs looks cheaper
// where the table was analysed while nothing did. The array is in the order of the ids, and so the rows are locked.
const postgresMine = `
  where id = any(array(select unnest($1::text[]))) and attempt = $2 and lease_expires_at is not null and has_dependents = 0
  returning id`
const tally = `
select case when count(*) < $3::int then coalesce(json_agg(id), '[]')::text end ids from done`

const postgresComplete = `
with done as (
  update jobs set ${completed}, finished_at = (select coalesce($4::timestamptz, date_trunc('milliseconds', clock_timestamp())))
  ${postgresMine})
${tally}`

const forgetTraces = `
logs as (
  delete from job_logs where exists (select 1 from job_logs) and job_id = any(array(select id from done))),
links as (
  delete from job_dependencies where exists (select 1 from job_dependencies) and job_id = any(array(select id from done)))`

const postgresForget = `
with done as (delete from jobs ${postgresMine}),${forgetTraces}
${tally}`

// Claims are locked before jobs, as whoever writes both does. `state || ''`: no other index can find them, as above.
const postgresForgetOfClaims = `
with ending as materialized (select id from claims where id = any($4::text[]) order by id for update),
done as (
  delete from jobs
  where id = any(array(select unnest($1::text[]))) and attempt = $2 - 1 and state || '' = 'available' and has_dependents = 0
    and (select count(*) from ending) >= 0
  returning id),${forgetTraces},
ended as (delete from claims where id = any(array(select id from ending)) and (select count(*) from done) = $3::int)
${tally}`

/**
 * Ends jobs where the attempt still holds them, by one statement that is its own transaction: the hottest write there is.
 * Returns the ids of those that it has ended, or `all`. What is not among them has others that depend on it, or was taken
 * over: for `settleJobs` to see.
 */
export async function completeAlike(
  database: Pick<Database, 'single'>,
  alike: Alike,
  now: number | null,
): Promise<ReadonlySet<string> | 'all'> {
  try {
    return await database.single(tx =>
      tx.dialect === 'sqlite' ? onSqlite(tx, alike, now) : onPostgres(tx, alike, now),
    )
  } catch (error) {
    if (error instanceof NotAll) return new Set()
    throw error
  }
}

/** Which of them it was would cost more to ask each time than to do it again otherwise. */
class NotAll extends Error {}

async function onSqlite(tx: Transaction, alike: Alike, now: number | null): Promise<'all'> {
  const { ids, attempt, forgets, ofClaims } = alike
  const list = JSON.stringify(ids)
  if (!forgets) await tx.query(sqliteComplete, [list, attempt, now])
  else await tx.query(ofClaims ? sqliteForgetOfClaim : sqliteForget, [list, attempt])
  const [changed] = await tx.query<{ jobs: number }>('select changes() jobs', [])
  if (changed?.jobs !== ids.length) throw new NotAll()
  if (forgets) {
    const [traces] = await tx.query<{ found: number }>(sqliteAnyTraces, [])
    if (traces?.found === 1) for (const text of sqliteTraces) await tx.query(text, [list])
  }
  if (ofClaims && ofClaims.length > 0) await tx.query(sqliteEndClaims, [JSON.stringify(ofClaims)])
  return 'all'
}

async function onPostgres(tx: Transaction, { ids, attempt, forgets, ofClaims }: Alike, now: number | null) {
  const params = [textArray(ids.toSorted()), attempt, ids.length]
  const statement: [text: string, params: Param[]] = !forgets
    ? [postgresComplete, [...params, now]]
    : ofClaims
      ? [postgresForgetOfClaims, [...params, textArray(ofClaims)]]
      : [postgresForget, params]
  const [row] = await tx.query<{ ids: string | null }>(...statement)
  return row?.ids == null ? 'all' : new Set(JSON.parse(row.ids) as string[]) // as `tally` builds it
}
