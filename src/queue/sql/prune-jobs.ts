import type { Transaction } from '../../db/database.ts'

export interface Retention {
  completedMs: number
  discardedMs: number
}

// What waits for it still refers to it, and what it blocks waits for somebody's word on it.
const spared = `(j.has_dependents = 1 and exists (
      select 1 from job_dependencies d join jobs dependent on dependent.id = d.job_id
      where d.depends_on = j.id and dependent.finished_at is null))
    or (j.order_blocks = 1 and exists (
      select 1 from blocked_order_keys b where b.order_key = j.order_key and b.job_id = j.id))`

const sqlite = `
delete from jobs where id in (
  select id from jobs j where finished_at < ?1 - min(?2, ?3)
    and finished_at < iif(state = 'discarded', ?1 - ?3, ?1 - ?2) and not (${spared}) limit ?4)
returning id`

const sqliteTraces = [
  'delete from job_logs where job_id in (select value from json_each(?1))',
  'delete from job_dependencies where job_id in (select value from json_each(?1))',
  'delete from job_dependencies where depends_on in (select value from json_each(?1))',
]

const postgres = `
with clock as materialized (select coalesce($1::timestamptz, clock_timestamp()) now),
old as materialized (
  select id from jobs j, clock where finished_at < now - least($2::float8, $3::float8) * interval '1 ms'
    and finished_at < now - case when state = 'discarded' then $3::float8 else $2::float8 end * interval '1 ms'
    and not (${spared})
  limit $4 for update of j skip locked),
logs as (delete from job_logs where job_id = any(array(select id from old))),
links as (delete from job_dependencies
          where job_id = any(array(select id from old)) or depends_on = any(array(select id from old)))
delete from jobs where id = any(array(select id from old))
returning jobs.id`

/**
 * Deletes finished jobs past their retention, with their logs and dependencies; returns how many, at most `limit`. Spares
 * those on which unfinished jobs depend, and those that block an order key. Uses the partial index `jobs_to_prune`, which needs the
 * bound that both retentions have in common: by that of each state it would read all that have finished.
 */
export async function pruneJobs(
  tx: Transaction,
  retention: Retention,
  limit: number,
  now: number | null,
): Promise<number> {
  const params = [now, retention.completedMs, retention.discardedMs, limit]
  if (tx.dialect === 'postgres') return (await tx.query(postgres, params)).length
  const rows = await tx.query<{ id: string }>(sqlite, params)
  const ids = JSON.stringify(rows.map(row => row.id))
  if (rows.length > 0) for (const text of sqliteTraces) await tx.query(text, [ids])
  return rows.length
}
