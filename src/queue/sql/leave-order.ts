import type { Transaction } from '../../db/database.ts'

const sqlite = `update jobs set order_key = null, order_position = null where id in (select value from json_each(?1))`

const postgres = `
update jobs set order_key = null, order_position = null
where id = any(array(select json_array_elements_text($1::json)))`

/** Takes jobs out of their order: those behind them may begin. The caller has locked them. */
export async function leaveOrder(tx: Transaction, ids: string[]): Promise<void> {
  if (ids.length > 0) await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(ids)])
}
