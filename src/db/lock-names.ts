import type { Transaction } from './database.ts'

// In one order everywhere, so that two transactions with several names cannot wait for each other.
const lock = `
select pg_advisory_xact_lock(hashtextextended(name, 0))
from (select distinct name from json_array_elements_text($1::json) name order by name offset 0) names`

/** Makes others who lock one of these names wait until this transaction ends. SQLite has one writer anyway. */
export async function lockNames(tx: Transaction, names: string[]): Promise<void> {
  if (tx.dialect === 'postgres') await tx.query(lock, [JSON.stringify(names)])
}
