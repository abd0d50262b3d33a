import type { Transaction } from '../db/database.ts'

const batch = 50

const sqlite = `
delete from files where id in (select id from files where expires_at <= ?1 order by expires_at limit ?2) returning id`
const postgres = `
delete from files where id in (
  select id from files where expires_at <= $1::timestamptz order by expires_at limit $2 for update skip locked)
returning id`

/** Deletes what has expired; says whether there may be more of it. */
export async function pruneFiles(tx: Transaction, now: number): Promise<boolean> {
  const rows = await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [now, batch])
  return rows.length === batch
}
