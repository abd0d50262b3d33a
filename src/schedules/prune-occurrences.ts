import type { Transaction } from '../db/database.ts'

const keptMs = 90 * 24 * 3_600_000
const batch = 500

// By schedule, along the primary key: there is no index on the time alone.
const old = (place: string, limit: string) => `
select o.schedule_id, o.fire_at from schedules s join occurrences o on o.schedule_id = s.id and o.fire_at < ${place}
limit ${limit}`

const sqlite = `delete from occurrences where (schedule_id, fire_at) in (${old('?1', '?2')}) returning schedule_id`
const postgres = `
delete from occurrences where (schedule_id, fire_at) in (${old('$1::timestamptz', '$2')} for update of o skip locked)
returning schedule_id`

/** Forgets occurrences after 90 days, and keeps their runs; says whether there may be more to forget. */
export async function pruneOccurrences(tx: Transaction, now: number): Promise<boolean> {
  const rows = await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [now - keptMs, batch])
  return rows.length === batch
}
