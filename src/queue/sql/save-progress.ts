import type { Transaction } from '../../db/database.ts'
import type { Hold } from './hold-jobs.ts'

export interface Progress extends Hold {
  /** JSON; null: nothing new. */
  progress: string | null
}

const sqlite = `
update jobs set progress = coalesce(?3, progress) where id = ?1 and attempt = ?2 and state = 'running' returning id, attempt`

const postgres = `
with p as materialized (
  select * from json_to_recordset($1::json) as p("jobId" text, "attempt" int, "progress" text)),
mine as materialized (
  select jobs.id, jobs.attempt from jobs join p on jobs.id = p."jobId" and jobs.attempt = p.attempt
  where jobs.state = 'running' order by jobs.id for no key update of jobs),
written as (
  update jobs set progress = p.progress::json from p
  where jobs.id = any(array(select id from mine)) and jobs.id = p."jobId" and jobs.attempt = p.attempt
    and p.progress is not null)
select id, attempt from mine`

interface Held {
  id: string
  attempt: number
}

/** Keeps how far jobs say they are. Returns the attempts that still hold their jobs, by job, and keeps them held. */
export async function saveProgress(tx: Transaction, reports: Progress[]): Promise<Map<string, number>> {
  const rows =
    tx.dialect === 'postgres'
      ? await tx.query<Held>(postgres, [JSON.stringify(reports)])
      : await tx.queryEach<Held>(
          sqlite,
          reports.map(({ jobId, attempt, progress }) => [jobId, attempt, progress]),
        )
  return new Map(rows.map(row => [row.id, row.attempt]))
}
