import type { Transaction } from '../../db/database.ts'
import type { Occurrence } from '../occurrence.ts'

const columns = 'schedule_id, fire_at, tenant_id, origin, outcome, detail, run_id, created_at'
const sqlite = `
insert into occurrences (${columns})
select value->>'scheduleId', value->>'fireAt', value->>'tenantId', value->>'origin', value->>'outcome', value->>'detail',
       value->>'runId', value->>'createdAt'
from json_each(?1) where true
on conflict (schedule_id, fire_at) do nothing
returning schedule_id, fire_at`

const postgres = `
insert into occurrences (${columns})
select "scheduleId", to_timestamp("fireAt" / 1000), "tenantId", "origin", "outcome", "detail", "runId",
       to_timestamp("createdAt" / 1000)
from json_to_recordset($1::json) as o("scheduleId" text, "fireAt" float8, "tenantId" text, "origin" text, "outcome" text,
  "detail" text, "runId" text, "createdAt" float8)
on conflict (schedule_id, fire_at) do nothing
returning schedule_id, fire_at`

/**
 * Writes occurrences down and returns those that were not there before: only these may have a run. The table's key is what
 * holds an occurrence to one fire; row locks merely keep processes from trying at once.
 */
export async function insertOccurrences(tx: Transaction, occurrences: Occurrence[]): Promise<Occurrence[]> {
  if (occurrences.length === 0) return []
  const rows = await tx.query<{ schedule_id: string; fire_at: number }>(tx.dialect === 'sqlite' ? sqlite : postgres, [
    JSON.stringify(occurrences),
  ])
  const written = new Set(rows.map(row => `${row.schedule_id} ${row.fire_at}`))
  return occurrences.filter(({ scheduleId, fireAt }) => written.has(`${scheduleId} ${fireAt}`))
}
