import type { Transaction } from '../../db/database.ts'
import { lockOrderKeys } from './insert-jobs.ts'

/** Ids of a key's unfinished jobs, in order. On Postgres nobody else enqueues for the key until the transaction ends. */
export async function unfinishedJobs(tx: Transaction, orderKey: string): Promise<string[]> {
  await lockOrderKeys(tx, [orderKey])
  const place = tx.dialect === 'sqlite' ? '?1' : '$1'
  const rows = await tx.query<{ id: string }>(
    `select id from jobs where order_key = ${place} and finished_at is null order by order_position`,
    [orderKey],
  )
  return rows.map(row => row.id)
}
