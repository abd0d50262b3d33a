import { eq } from 'drizzle-orm'
import type { Connection, Transaction } from '../db/database.ts'
import type { NewJob } from '../queue/job.ts'
import type { NewDelivery } from './sql/insert-deliveries.ts'

/** Job kind and queue of deliveries. */
export const deliverJob = { kind: 'webhook.deliver', queue: 'webhooks' } as const

/** Deliveries at a time to one address, over all processes, where the operator has set nothing else for the queue. */
const atOnce = 10

/** Of the job, which counts those too that did not come so far as to send: the delivery's own count decides. */
const maxAttempts = 100

/** Longer than the time limit of the request itself: the last resort. */
const timeoutMs = 60_000

export const deliverJobOf = (
  delivery: Pick<NewDelivery, 'id' | 'jobId' | 'tenantId' | 'traceParent' | 'webhookId' | 'url'>,
): NewJob => ({
  id: delivery.jobId,
  tenantId: delivery.tenantId,
  ...deliverJob,
  payload: { delivery_id: delivery.id },
  maxAttempts,
  timeoutMs,
  traceParent: delivery.traceParent,
  // One that is slow or dead holds up nobody else.
  limitKey: delivery.webhookId ?? `${delivery.tenantId} ${URL.parse(delivery.url)?.origin ?? ''}`,
})

const sqlite = `insert into queues (name, key_concurrency, updated_at) values (?1, ?2, ?3) on conflict (name) do nothing`
const postgres = `
insert into queues (name, key_concurrency, updated_at)
values ($1, $2, coalesce($3::timestamptz, date_trunc('milliseconds', clock_timestamp()))) on conflict (name) do nothing`

/** Gives the queue its limit per address, unless somebody has set anything of it. */
export async function ensureQueue(tx: Transaction, now: number | null): Promise<void> {
  await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [deliverJob.queue, atOnce, now])
}

export async function hasQueue({ orm, tables: { queues } }: Pick<Connection, 'orm' | 'tables'>): Promise<boolean> {
  const rows = await orm.select({ name: queues.name }).from(queues).where(eq(queues.name, deliverJob.queue))
  return rows.length > 0
}
