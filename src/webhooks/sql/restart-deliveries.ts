import type { Transaction } from '../../db/database.ts'

const set = `update webhook_deliveries set state = 'pending', attempts = 0, finished_at = null, job_id = `

const sqlite = `${set} r.value->>'jobId' from json_each(?1) r
where webhook_deliveries.id = r.value->>'id' and state <> 'pending' returning webhook_deliveries.id`

const postgres = `
with r as materialized (select * from json_to_recordset($1::json) as r("id" text, "jobId" text))
${set} r."jobId" from r
where webhook_deliveries.id = r."id" and webhook_deliveries.id = any(array(select "id" from r)) and state <> 'pending'
returning webhook_deliveries.id`

/**
 * Has deliveries that have ended begin anew, each with the job that it is given. Returns the ids of those that had ended:
 * where two ask for the same at once, one of them gets it.
 */
export async function restartDeliveries(tx: Transaction, rows: { id: string; jobId: string }[]): Promise<Set<string>> {
  const text = tx.dialect === 'sqlite' ? sqlite : postgres
  const restarted = await tx.query<{ id: string }>(text, [JSON.stringify(rows)])
  return new Set(restarted.map(({ id }) => id))
}
