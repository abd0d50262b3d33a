import type { Transaction } from '../db/database.ts'

const keptMs = 24 * 3_600_000
const batch = 500

const sqlite = `
delete from idempotency_keys where rowid in (select rowid from idempotency_keys where created_at < ?1 limit ?2)
returning run_id`
const postgres = `
delete from idempotency_keys where (tenant_id, key) in (
  select tenant_id, key from idempotency_keys where created_at < $1::timestamptz limit $2 for update skip locked)
returning run_id`

/** Forgets keys after 24 hours; says whether there may be more to forget. */
export async function pruneIdempotencyKeys(tx: Transaction, now: number): Promise<boolean> {
  const rows = await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [now - keptMs, batch])
  return rows.length === batch
}
