import type { Transaction } from '../../db/database.ts'

export interface Retention {
  completedMs: number
  discardedMs: number
}

const sqlite = `
delete from jobs where id in (
  select id from jobs where finished_at is not null
    and finished_at < iif(state = 'discarded', ?1 - ?3, ?1 - ?2) limit ?4)
returning id`

const postgres = `
with clock as materialized (select coalesce($1::timestamptz, clock_timestamp()) now),
old as materialized (
  select id from jobs, clock where finished_at is not null
    and finished_at < now - case state when 'discarded' then $3::float8 else $2::float8 end * interval '1 ms'
  limit $4 for update of jobs skip locked)
delete from jobs where id = any(array(select id from old))
returning jobs.id`

/** Deletes finished jobs past their retention; returns how many, at most `limit`. Uses the partial index `jobs_to_prune`. */
export async function pruneJobs(
  tx: Transaction,
  retention: Retention,
  limit: number,
  now: number | null,
): Promise<number> {
  const rows = await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [
    now,
    retention.completedMs,
    retention.discardedMs,
    limit,
  ])
  return rows.length
}
