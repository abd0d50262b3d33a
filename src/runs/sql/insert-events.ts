import type { Transaction } from '../../db/database.ts'
import type { RunEvent } from '../event.ts'

// A write whose answer was lost with the connection is sent again: the same event twice is one event.
const sqlite = `
insert into run_events (run_id, seq, tenant_id, type, data, created_at)
select value->>'runId', value->>'seq', value->>'tenantId', value->>'type', value->>'data', value->>'createdAt'
from json_each(?1) where true
on conflict (run_id, seq) do nothing`

const postgres = `
insert into run_events (run_id, seq, tenant_id, type, data, created_at)
select "runId", "seq", "tenantId", "type", "data"::json, to_timestamp("createdAt" / 1000)
from json_to_recordset($1::json)
  as e("runId" text, "seq" int, "tenantId" text, "type" text, "data" text, "createdAt" float8)
on conflict (run_id, seq) do nothing`

/** Appends events whose numbers their run's one writer has given out, under the fence of its job. */
export async function insertEvents(tx: Transaction, events: RunEvent[]): Promise<void> {
  await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(events)])
}
