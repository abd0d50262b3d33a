import type { Transaction } from '../../db/database.ts'
import type { Delivery } from '../delivery.ts'

export type NewDelivery = Omit<Delivery, 'state' | 'attempts' | 'log' | 'finishedAt'> & {
  /** Of its job: what it tells of, where that is traced. */
  traceParent?: string | undefined
}

const columns = `id, tenant_id, webhook_id, run_id, message_id, event, url, body, job_id, state, attempts, log, created_at`

const sqlite = `
insert into webhook_deliveries (${columns}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'pending', 0, '[]', ?10)`

const postgres = `
insert into webhook_deliveries (${columns})
select "id", "tenantId", "webhookId", "runId", "messageId", "event", "url", "body", "jobId", 'pending', 0, '[]',
       to_timestamp("createdAt" / 1000)
from json_to_recordset($1::json) as d("id" text, "tenantId" text, "webhookId" text, "runId" text, "messageId" text,
  "event" text, "url" text, "body" text, "jobId" text, "createdAt" float8)`

/** Puts messages in the outbox, in the transaction that changed what they tell of. */
export async function insertDeliveries(tx: Transaction, deliveries: NewDelivery[]): Promise<void> {
  if (tx.dialect === 'postgres') {
    await tx.query(postgres, [JSON.stringify(deliveries)])
    return
  }
  const params = deliveries.map(delivery => [
    delivery.id,
    delivery.tenantId,
    delivery.webhookId,
    delivery.runId,
    delivery.messageId,
    delivery.event,
    delivery.url,
    delivery.body,
    delivery.jobId,
    delivery.createdAt,
  ])
  await tx.queryEach(sqlite, params)
}
