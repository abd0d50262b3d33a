import type { Transaction } from '../../db/database.ts'

const sqlite = `
update jobs set state = 'available'
where id in (select id from jobs where queue = ?1 and state = 'scheduled' and run_at <= ?2 order by run_at limit ?3)
returning id`

const postgres = `
with clock as materialized (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
due as materialized (
  select id from jobs, clock where queue = $1 and state = 'scheduled' and run_at <= now
  order by run_at limit $3 for update of jobs skip locked)
update jobs set state = 'available' where id = any(array(select id from due))
returning id`

/** Makes due jobs of a queue claimable; returns how many. Uses the partial index `jobs_to_promote`. Idempotent. */
export async function promoteJobs(tx: Transaction, queue: string, limit: number, now: number | null): Promise<number> {
  const rows = await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [queue, now, limit])
  return rows.length
}

const nextDueSqlite = `select min(run_at) - ?2 delay_ms from jobs where queue = ?1 and state = 'scheduled'`
const nextDuePostgres = `
select ceil(extract(epoch from min(run_at) - coalesce($2::timestamptz, clock_timestamp())) * 1000)::float8 delay_ms
from jobs where queue = $1 and state = 'scheduled'`

/**
 * Milliseconds until the next scheduled job of a queue is due (0 and below: already), or null where there is none. Rounded
 * up: a claim within the last millisecond would find nothing and sleep until its poll.
 */
export async function nextDueMs(
  connection: Pick<Transaction, 'dialect' | 'query'>,
  queue: string,
  now: number | null,
): Promise<number | null> {
  const text = connection.dialect === 'sqlite' ? nextDueSqlite : nextDuePostgres
  const [row] = await connection.query<{ delay_ms: number | null }>(text, [queue, now])
  return row?.delay_ms ?? null
}
