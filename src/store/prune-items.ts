import type { Transaction } from '../db/database.ts'

const batch = 500

const sqlite = `
delete from store_items where place in (
  select place from store_items where expires_at <= ?1 order by expires_at limit ?2)
returning place`
const postgres = `
delete from store_items where place in (
  select place from store_items where expires_at <= $1::timestamptz order by expires_at limit $2
  for update skip locked)
returning place`

/** Deletes what has expired; says whether there may be more of it. */
export async function pruneItems(tx: Transaction, now: number): Promise<boolean> {
  const rows = await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [now, batch])
  return rows.length === batch
}
