import type { Transaction } from '../../db/database.ts'
import type { RescuedJob } from '../../queue/sql/rescue-jobs.ts'
import { payloadRunId } from '../run.ts'
import type { ChangedRun } from '../run-outbox.ts'

const returned = 'returning runs.id, runs.tenant_id, runs.webhook is not null has_webhook'
const set = `update runs set status = 'queued', attempt = `
const sqlite = `${set} r.value->>'attempt' from json_each(?1) r
where runs.id = r.value->>'id' and runs.finished_at is null ${returned}`
const postgres = `
with r as materialized (select * from json_to_recordset($1::json) as r("id" text, "attempt" int))
${set} r."attempt" from r where runs.id = r."id" and runs.id = any(array(select "id" from r)) and runs.finished_at is null
${returned}`

interface Row {
  id: string
  tenant_id: string
  has_webhook: boolean | 0 | 1
}

interface Requeued {
  jobs: RescuedJob[]
  runs: ChangedRun[]
}

/** Puts the runs of rescued jobs back in line. Returns those that were still to be finished, with their jobs. */
export async function requeueRuns(tx: Transaction, jobs: RescuedJob[]): Promise<Requeued> {
  if (jobs.length === 0) return { jobs: [], runs: [] }
  const rows = jobs.map(({ payload, attempt }) => ({ id: payloadRunId(payload), attempt }))
  const requeued = await tx.query<Row>(tx.dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(rows)])
  const ids = new Set(requeued.map(row => row.id))
  return {
    jobs: jobs.filter(({ payload }) => ids.has(payloadRunId(payload))),
    runs: requeued.map(row => ({ id: row.id, tenantId: row.tenant_id, hasWebhook: Boolean(row.has_webhook) })),
  }
}
