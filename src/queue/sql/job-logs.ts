import type { Connection, Transaction } from '../../db/database.ts'
import type { Hold } from './hold-jobs.ts'

/** A line that an attempt has said. */
export interface SaidLine extends Hold {
  tenantId: string
  /** At most 2,000 characters. */
  message: string
  /** Milliseconds since it was said. */
  agoMs: number
}

/** Of an attempt. One more line then says that there were others. */
export const maxLines = 1_000
const leftOut = `'There were more lines than ${maxLines}: the others were left out.'`

const columns = 'job_id, attempt, line, tenant_id, message, created_at'

const sqlite = `
insert into job_logs (${columns})
select ?1, ?2, coalesce(max(line), 0) + 1, ?3, iif(coalesce(max(line), 0) = ${maxLines}, ${leftOut}, ?4), ?5
from job_logs where job_id = ?1 and attempt = ?2 having coalesce(max(line), 0) <= ${maxLines}`

const postgres = `
with clock as materialized (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
said as materialized (
  select l.*, row_number() over (partition by "jobId", "attempt" order by ordinal) n
  from json_array_elements($1::json) with ordinality e(value, ordinal),
       json_to_record(value) l("jobId" text, "attempt" int, "tenantId" text, "message" text, "agoMs" float8)),
placed as (
  select said.*, n + coalesce((select max(line) from job_logs
                               where job_id = said."jobId" and attempt = said.attempt), 0) line from said)
insert into job_logs (${columns})
select "jobId", attempt, line, "tenantId", case when line > ${maxLines} then ${leftOut} else message end,
       date_trunc('milliseconds', now - "agoMs" * interval '1 ms')
from placed, clock where line <= ${maxLines} + 1`

/** Adds lines, in order, to the logs of attempts; the caller holds their jobs. */
export async function addLogLines(tx: Transaction, lines: SaidLine[], now: number | null): Promise<void> {
  if (tx.dialect === 'postgres') await tx.query(postgres, [JSON.stringify(lines), now])
  else {
    const at = now ?? 0
    await tx.queryEach(
      sqlite,
      lines.map(({ jobId, attempt, tenantId, message, agoMs }) => [jobId, attempt, tenantId, message, at - agoMs]),
    )
  }
}

export interface LogPlace {
  attempt: number
  /** From 1 in each attempt. */
  line: number
}

export interface LogLine extends LogPlace {
  message: string
  /** Milliseconds since 1970. */
  createdAt: number
}

const read = (place: (n: number) => string) => `
select attempt, line, message, created_at from job_logs
where job_id = ${place(1)} and (attempt, line) > (${place(2)}, ${place(3)}) order by attempt, line limit ${place(4)}`
const readSqlite = read(n => `?${n}`)
const readPostgres = read(n => `$${n}`)

/** Reads a job's log in order, what comes after a place of it or all. Uses the primary key. */
export async function readJobLogs(
  connection: Pick<Connection, 'dialect' | 'query'>,
  jobId: string,
  after: LogPlace | null,
  limit: number,
): Promise<LogLine[]> {
  const { attempt, line } = after ?? { attempt: -1, line: 0 }
  const rows = await connection.query<LogPlace & { message: string; created_at: number }>(
    connection.dialect === 'sqlite' ? readSqlite : readPostgres,
    [jobId, attempt, line, limit],
  )
  return rows.map(row => ({ attempt: row.attempt, line: row.line, message: row.message, createdAt: row.created_at }))
}
