import type { Param, Transaction } from '../../db/database.ts'
import type { RunEvent } from '../event.ts'

// A write whose answer was lost with the connection is sent again: the same event twice is one event.
const sqlite = `
insert into run_events (run_id, seq, tenant_id, type, data, created_at) values (?1, ?2, ?3, ?4, ?5, ?6)
on conflict (run_id, seq) do nothing`

const postgres = `
insert into run_events (run_id, seq, tenant_id, type, data, created_at)
select "runId", "seq", "tenantId", "type", "data"::json, to_timestamp("createdAt" / 1000)
from json_to_recordset($1::json)
  as e("runId" text, "seq" int, "tenantId" text, "type" text, "data" text, "createdAt" float8)
on conflict (run_id, seq) do nothing`

/** Appends events whose numbers their run's one writer has given out, under the fence of its job. */
export async function insertEvents(tx: Transaction, events: RunEvent[]): Promise<void> {
  if (tx.dialect === 'postgres') await tx.query(postgres, [JSON.stringify(events)])
  else await tx.queryEach(sqlite, events.map(toParams))
}

const toParams = ({ runId, seq, tenantId, type, data, createdAt }: RunEvent): Param[] => [
  runId,
  seq,
  tenantId,
  type,
  data,
  createdAt,
]
