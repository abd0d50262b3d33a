import type { Transaction } from '../../db/database.ts'

export interface Hold {
  jobId: string
  attempt: number
}

const sqlite = `select id from jobs where id = ?1 and attempt = ?2 and state = 'running'`

// `for share`: until this transaction ends nobody can take the job over, so a takeover sees all that was written.
const postgres = `
select jobs.id from jobs join json_to_recordset($1::json) as h("jobId" text, "attempt" int)
  on jobs.id = h."jobId" and jobs.attempt = h.attempt
where jobs.state = 'running' order by jobs.id for share of jobs`

/** The fence of writes that do not settle: returns the ids still held by the given attempts, and keeps them held. */
export async function holdJobs(tx: Transaction, holds: Hold[]): Promise<Set<string>> {
  const rows =
    tx.dialect === 'postgres'
      ? await tx.query<{ id: string }>(postgres, [JSON.stringify(holds)])
      : await tx.queryEach<{ id: string }>(
          sqlite,
          holds.map(({ jobId, attempt }) => [jobId, attempt]),
        )
  return new Set(rows.map(row => row.id))
}
