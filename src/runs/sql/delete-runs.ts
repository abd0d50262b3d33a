import type { Transaction } from '../../db/database.ts'

const final = `status in ('completed', 'failed', 'cancelled')`
const tables = ['run_events', 'approvals'] as const

const sqlite = `delete from runs where id in (select value from json_each(?1)) and ${final} returning id`
const postgres = `
delete from runs where id = any(array(select json_array_elements_text($1::json))) and ${final} returning id`

/** Deletes runs that have ended, with their logs and what they waited for; usage, audit and messages stay. Returns their ids. */
export async function deleteRuns(tx: Transaction, ids: string[]): Promise<string[]> {
  const isSqlite = tx.dialect === 'sqlite'
  const gone = (await tx.query<{ id: string }>(isSqlite ? sqlite : postgres, [JSON.stringify(ids)])).map(({ id }) => id)
  if (gone.length === 0) return gone
  const mine = isSqlite
    ? 'run_id in (select value from json_each(?1))'
    : 'run_id = any(array(select json_array_elements_text($1::json)))'
  for (const table of tables) await tx.query(`delete from ${table} where ${mine}`, [JSON.stringify(gone)])
  return gone
}
