import type { Transaction } from '../../db/database.ts'

/** An unfinished job of an order key. */
export interface OrderPlace {
  id: string
  orderKey: string
  position: number
  running: boolean
}

const from = 'select id, order_key, order_position, state from jobs where order_key'
const readSqlite = `${from} in (select value from json_each(?1)) and finished_at is null order by id`
const readPostgres = `
${from} = any(array(select json_array_elements_text($1::json))) and finished_at is null order by id for update`

/** The unfinished jobs of these keys. Locked, they neither begin nor end until the transaction does. */
export async function lockOrderPlaces(tx: Transaction, keys: string[]): Promise<OrderPlace[]> {
  const rows = await tx.query<{ id: string; order_key: string; order_position: number; state: string }>(
    tx.dialect === 'sqlite' ? readSqlite : readPostgres,
    [JSON.stringify(keys)],
  )
  return rows.map(row => ({
    id: row.id,
    orderKey: row.order_key,
    position: row.order_position,
    running: row.state === 'running',
  }))
}

export interface Shift {
  orderKey: string
  by: number
}

const waiting = `finished_at is null and state <> 'running'`
const shiftSqlite = `update jobs set order_position = order_position + ?2 where order_key = ?1 and ${waiting}`
const shiftPostgres = `
update jobs set order_position = order_position + s.by
from json_to_recordset($1::json) as s("orderKey" text, "by" int)
where jobs.order_key = s."orderKey" and ${waiting}`

/** Moves what has not begun of these keys back, farther than the key is long: no two may meet on the way. */
export async function shiftPlaces(tx: Transaction, shifts: Shift[]): Promise<void> {
  if (tx.dialect === 'postgres') await tx.query(shiftPostgres, [JSON.stringify(shifts)])
  else {
    await tx.queryEach(
      shiftSqlite,
      shifts.map(({ orderKey, by }) => [orderKey, by]),
    )
  }
}
