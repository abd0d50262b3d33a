import type { Transaction } from '../../db/database.ts'

const nowPostgres = `
select floor(extract(epoch from coalesce($1::timestamptz, clock_timestamp())) * 1000)::float8 now_ms`

/** What time it is, by the clock that decides what is due: the database's on Postgres, unless it is pinned. */
export async function readNow(tx: Transaction, now: number | null): Promise<number> {
  if (tx.dialect === 'sqlite' && now !== null) return now
  const [row] = await tx.query<{ now_ms: number }>(nowPostgres, [now])
  return row?.now_ms ?? Date.now()
}

/** Keeps a schedule from being changed or fired by others until the transaction ends. SQLite has one writer anyway. */
export async function lockSchedule(tx: Transaction, id: string): Promise<void> {
  if (tx.dialect === 'postgres') await tx.query('select id from schedules where id = $1 for update', [id])
}
