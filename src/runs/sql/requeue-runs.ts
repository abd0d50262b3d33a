import type { Transaction } from '../../db/database.ts'
import type { RescuedJob } from '../../queue/sql/rescue-jobs.ts'
import { payloadRunId } from '../run.ts'

const set = `update runs set status = 'queued', attempt = `
const sqlite = `${set} r.value->>'attempt' from json_each(?1) r
where runs.id = r.value->>'id' and runs.finished_at is null returning runs.id`
const postgres = `
with r as materialized (select * from json_to_recordset($1::json) as r("id" text, "attempt" int))
${set} r."attempt" from r where runs.id = r."id" and runs.id = any(array(select "id" from r)) and runs.finished_at is null returning runs.id`

/** Puts the runs of rescued jobs back in line. Returns the jobs whose run was still to be finished. */
export async function requeueRuns(tx: Transaction, jobs: RescuedJob[]): Promise<RescuedJob[]> {
  if (jobs.length === 0) return []
  const rows = jobs.map(({ payload, attempt }) => ({ id: payloadRunId(payload), attempt }))
  const requeued = await tx.query<{ id: string }>(tx.dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(rows)])
  const ids = new Set(requeued.map(row => row.id))
  return jobs.filter(({ payload }) => ids.has(payloadRunId(payload)))
}
