import type { Transaction } from '../../db/database.ts'
import type { Schedule } from '../schedule.ts'

export type Advance = Pick<Schedule, 'id' | 'nextFireAt' | 'nextDueAt' | 'lastFireAt'>

const sqlite = `
update schedules set next_fire_at = a.next_fire_at, next_due_at = a.next_due_at, last_fire_at = a.last_fire_at
from (select value->>'id' id, value->>'nextFireAt' next_fire_at, value->>'nextDueAt' next_due_at,
             value->>'lastFireAt' last_fire_at from json_each(?1)) a
where schedules.id = a.id`

const postgres = `
update schedules set next_fire_at = to_timestamp(a."nextFireAt" / 1000), next_due_at = to_timestamp(a."nextDueAt" / 1000),
  last_fire_at = to_timestamp(a."lastFireAt" / 1000)
from json_to_recordset($1::json) as a("id" text, "nextFireAt" float8, "nextDueAt" float8, "lastFireAt" float8)
where schedules.id = a."id"`

/** Moves schedules on to their next time. The caller has locked them. */
export async function advanceSchedules(tx: Transaction, advances: Advance[]): Promise<void> {
  await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(advances)])
}
