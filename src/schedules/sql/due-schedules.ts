import type { Connection, Transaction } from '../../db/database.ts'

export interface DueSchedule {
  id: string
  tenantId: string
  agent: string
}

const columns = 'id, tenant_id "tenantId", agent'
const readSqlite = `
select ${columns} from schedules where next_due_at <= ?1 order by next_due_at limit ?2`
const readPostgres = `
select ${columns} from schedules
where next_due_at <= coalesce($1::timestamptz, date_trunc('milliseconds', clock_timestamp()))
order by next_due_at limit $2`

/** Schedules whose time has come, the longest waiting first. Uses the partial index `schedules_due`. */
export function dueSchedules(
  { dialect, query }: Pick<Connection, 'dialect' | 'query'>,
  now: number | null,
  limit: number,
): Promise<DueSchedule[]> {
  return query(dialect === 'sqlite' ? readSqlite : readPostgres, [now, limit])
}

const lockSqlite = `
select id, ?2 now_ms from schedules where id in (select value from json_each(?1)) and next_due_at <= ?2 order by id`
const lockPostgres = `
with clock as materialized (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now)
select id, floor(extract(epoch from now) * 1000)::float8 now_ms from schedules, clock
where id in (select json_array_elements_text($1::json)) and next_due_at <= now
order by id for update of schedules skip locked`

/**
 * Takes those of the schedules that are still due: nobody else changes or fires them until the transaction ends. One that
 * another process has is left to it.
 * @returns what time it is, by the clock that decides; null where none was to be had
 */
export async function lockDueSchedules(
  tx: Transaction,
  ids: string[],
  now: number | null,
): Promise<{ ids: string[]; now: number } | null> {
  const rows = await tx.query<{ id: string; now_ms: number }>(tx.dialect === 'sqlite' ? lockSqlite : lockPostgres, [
    JSON.stringify(ids),
    now,
  ])
  const [first] = rows
  return first ? { ids: rows.map(row => row.id), now: first.now_ms } : null
}

const nextSqlite = 'select min(next_due_at) - ?1 delay_ms from schedules where next_due_at is not null'
const nextPostgres = `
select ceil(extract(epoch from min(next_due_at) - coalesce($1::timestamptz, clock_timestamp())) * 1000)::float8 delay_ms
from schedules where next_due_at is not null`

/** Milliseconds until the next schedule is due (negative: already), or null where there is none. */
export async function nextScheduleMs(
  { dialect, query }: Pick<Connection, 'dialect' | 'query'>,
  now: number | null,
): Promise<number | null> {
  const [row] = await query<{ delay_ms: number | null }>(dialect === 'sqlite' ? nextSqlite : nextPostgres, [now])
  return row?.delay_ms ?? null
}
