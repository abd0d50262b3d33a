import type { Database, Transaction } from '../../db/database.ts'
import { textArray } from '../../db/text-array.ts'
import { keptKey } from './kept-key.ts'

/** Jobs that have completed, all in the same attempt, and nothing else is to be said of them. */
export interface Alike {
  ids: string[]
  attempt: number
  /** They are deleted, with what is kept of them elsewhere. */
  forgets: boolean
}

const completed = `state = 'completed', lease_expires_at = null, worker = null, unique_key = ${keptKey('running')}`

// Others want to know of the end of what they depend on: that is more than a statement.
const sqliteMine = `where id in (select value from json_each(?1)) and attempt = ?2 and state = 'running' and has_dependents = 0`
const sqliteComplete = `update jobs set ${completed}, finished_at = ?3 ${sqliteMine}`
const sqliteForget = [
  `delete from jobs ${sqliteMine}`,
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

const postgresForget = `
with done as (delete from jobs ${postgresMine}),
logs as (delete from job_logs where job_id = any(array(select id from done))),
links as (delete from job_dependencies where job_id = any(array(select id from done)))
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

async function onSqlite(tx: Transaction, { ids, attempt, forgets }: Alike, now: number | null): Promise<'all'> {
  const list = JSON.stringify(ids)
  const [first, ...traces] = forgets ? sqliteForget : ([sqliteComplete] as const)
  await tx.query(first, forgets ? [list, attempt] : [list, attempt, now])
  const [changed] = await tx.query<{ jobs: number }>('select changes() jobs', [])
  if (changed?.jobs !== ids.length) throw new NotAll()
  for (const text of traces) await tx.query(text, [list])
  return 'all'
}

async function onPostgres(tx: Transaction, { ids, attempt, forgets }: Alike, now: number | null) {
  const params = [textArray(ids.toSorted()), attempt, ids.length]
  const [row] = forgets
    ? await tx.query<{ ids: string | null }>(postgresForget, params)
    : await tx.query<{ ids: string | null }>(postgresComplete, [...params, now])
  return row?.ids == null ? 'all' : new Set(JSON.parse(row.ids) as string[]) // as `tally` builds it
}
