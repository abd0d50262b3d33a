import type { Transaction } from '../db/database.ts'

const batch = 500

const sqlite = `
delete from webhook_deliveries where id in (
  select id from webhook_deliveries where finished_at is not null and finished_at < ?1 limit ?2)
returning id`

const postgres = `
delete from webhook_deliveries where id = any(array(
  select id from webhook_deliveries where finished_at is not null and finished_at < $1::timestamptz
  limit $2 for update skip locked))
returning id`

/**
 * Forgets deliveries that ended before a time, in milliseconds since 1970; says whether there may be more to forget. Uses
 * the partial index `webhook_deliveries_to_prune`.
 */
export async function pruneDeliveries(tx: Transaction, before: number): Promise<boolean> {
  const rows = await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [before, batch])
  return rows.length === batch
}
