import type { Transaction } from '../db/database.ts'

const batch = 50

const unfinished = `
select 1 from runs where runs.thread_id = threads.id and runs.status in ('queued', 'running', 'waiting')`
const sqlite = `
delete from threads where id in (
  select id from threads where expires_at <= ?1 and not exists (${unfinished}) order by expires_at limit ?2)
returning id`
const postgres = `
delete from threads where id in (
  select id from threads where expires_at <= $1::timestamptz and not exists (${unfinished})
  order by expires_at limit $2 for update skip locked)
returning id`

const sqliteMessages = `delete from messages where thread_id in (select value from json_each(?1)) returning id`
const postgresMessages = `
delete from messages where thread_id = any(array(select json_array_elements_text($1::json))) returning id`

/** Deletes threads that have expired, with their messages, unless a run of theirs is not final; says whether there may be more. */
export async function pruneThreads(tx: Transaction, now: number): Promise<boolean> {
  const isSqlite = tx.dialect === 'sqlite'
  const gone = await tx.query<{ id: string }>(isSqlite ? sqlite : postgres, [now, batch])
  if (gone.length === 0) return false
  await tx.query(isSqlite ? sqliteMessages : postgresMessages, [JSON.stringify(gone.map(({ id }) => id))])
  return gone.length === batch
}
