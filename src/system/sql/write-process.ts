import type { Transaction } from '../../db/database.ts'
import type { ProcessRecord } from '../process-record.ts'

const columns = 'id, host, pid, version, roles, state, started_at, seen_at'
const replace = 'on conflict (id) do update set state = excluded.state, seen_at = excluded.seen_at'
const clock = "date_trunc('milliseconds', clock_timestamp())"

const sqlite = `insert into processes (${columns}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ${replace}`
const postgres = `
insert into processes (${columns})
values ($1, $2, $3, $4, $5::json, $6, $7, coalesce($8::timestamptz, ${clock})) ${replace}`

/** @param now null on Postgres: its own clock, so that hosts need not agree on who is gone */
export async function writeProcess(
  tx: Transaction,
  process: Omit<ProcessRecord, 'seenAt'>,
  now: number | null,
): Promise<void> {
  await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [
    process.id,
    process.host,
    process.pid,
    process.version,
    JSON.stringify(process.roles),
    process.state,
    process.startedAt,
    now,
  ])
}
