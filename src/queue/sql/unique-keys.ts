import type { Transaction } from '../../db/database.ts'
import { holdsKey } from './holds-key.ts'

/** The job that has a unique key. */
export interface KeyHolder {
  id: string
  /** It runs, has run or has ended: too late to give it another payload. */
  begun: boolean
}

interface HolderRow {
  id: string
  unique_key: string
  begun: number
  expired: number
}

const begun = '(started_at is not null or finished_at is not null)'

const sqliteHolders = `
select id, unique_key, ${begun} begun, coalesce(unique_until <= ?2, 0) expired
from jobs where unique_key in (select value from json_each(?1)) and ${holdsKey}`

// Locked, they neither begin nor end before the caller has committed what it believes of them.
const postgresHolders = `
select id, unique_key, ${begun}::int begun,
       coalesce(unique_until <= coalesce($2::timestamptz, clock_timestamp()), false)::int expired
from jobs where unique_key = any(array(select json_array_elements_text($1::json))) and ${holdsKey}
order by id for update`

const sqliteFree = 'update jobs set unique_key = null where id in (select value from json_each(?1))'
const postgresFree = `
update jobs set unique_key = null where id = any(array(select json_array_elements_text($1::json)))`

/**
 * Locks the jobs that have these keys, by key. One whose time has passed loses its key and is not among them. Uses the
 * partial index `jobs_unique`.
 */
export async function lockKeyHolders(
  tx: Transaction,
  keys: string[],
  now: number | null,
): Promise<Map<string, KeyHolder>> {
  const sqlite = tx.dialect === 'sqlite'
  const rows = await tx.query<HolderRow>(sqlite ? sqliteHolders : postgresHolders, [JSON.stringify(keys), now])
  const expired = rows.filter(row => row.expired === 1).map(row => row.id)
  if (expired.length > 0) await tx.query(sqlite ? sqliteFree : postgresFree, [JSON.stringify(expired)])
  const holders = rows.filter(row => row.expired === 0)
  return new Map(holders.map(row => [row.unique_key, { id: row.id, begun: row.begun === 1 }]))
}

export interface Replacement {
  id: string
  /** JSON. */
  payload: string
  delayMs: number
  /** Since the job was made. */
  maxDelayMs: number | null
}

const sqliteReplace = `
update jobs set payload = ?2, run_at = min(?5 + ?3, coalesce(created_at + ?4, ?5 + ?3)),
  state = case when state = 'waiting' then state
               when min(?5 + ?3, coalesce(created_at + ?4, ?5 + ?3)) > ?5 then 'scheduled' else 'available' end
where id = ?1`

const postgresReplace = `
with clock as materialized (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
next as materialized (
  select r.id, r.payload, now,
         least(now + r."delayMs" * interval '1 ms', jobs.created_at + r."maxDelayMs" * interval '1 ms') run_at
  from clock, json_to_recordset($1::json) as r("id" text, "payload" text, "delayMs" float8, "maxDelayMs" float8)
       join jobs on jobs.id = r.id)
update jobs set payload = next.payload::json, run_at = next.run_at,
  state = case when state = 'waiting' then state when next.run_at > now then 'scheduled' else 'available' end
from next where jobs.id = next.id`

/** Gives jobs that have not begun another payload and time. The caller has locked them. */
export async function replaceJobs(tx: Transaction, jobs: Replacement[], now: number | null): Promise<void> {
  if (jobs.length === 0) return
  if (tx.dialect === 'postgres') await tx.query(postgresReplace, [JSON.stringify(jobs), now])
  else {
    await tx.queryEach(
      sqliteReplace,
      jobs.map(job => [job.id, job.payload, job.delayMs, job.maxDelayMs, now]),
    )
  }
}
