import type { Transaction } from '../../db/database.ts'

const postgres = `
select id from jobs where id = any(array(select json_array_elements_text($1::json))) order by id for update`

/**
 * Locks jobs in the one order in which everybody does, for a transaction that then writes them by several statements.
 * SQLite has one writer anyway.
 */
export async function lockJobs(tx: Transaction, ids: string[]): Promise<void> {
  if (tx.dialect === 'postgres') await tx.query(postgres, [JSON.stringify(ids)])
}
