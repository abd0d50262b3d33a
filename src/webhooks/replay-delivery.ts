import { and, asc, eq, gte, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import { type AuditEntry, audit } from '../audit/audit.ts'
import type { Actor } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { newId } from '../runtime/id.ts'
import type { WebhookContext } from './create-webhook.ts'
import type { Delivery } from './delivery.ts'
import { type ListedDelivery, readDelivery, seenBy, selectDeliveries } from './read-delivery.ts'
import { readWebhook } from './read-webhook.ts'
import { restartDeliveries } from './sql/restart-deliveries.ts'

/**
 * Sends a message again that was delivered, or has failed: the same one, with as many attempts as a new one has.
 * @throws AppError not_found; conflict where it is under way, or its webhook is gone or disabled
 */
export async function replayDelivery(app: WebhookContext, actor: Actor, id: string): Promise<ListedDelivery> {
  const { delivery } = await readDelivery(app, actor, id)
  const { webhookId } = delivery
  await app.database.transaction(async tx => {
    if (webhookId !== null) await requireEnabled(tx, actor, webhookId)
    const sent = await sendAgain(app, tx, [delivery])
    if (sent.length === 0) throw new AppError('conflict', `Delivery ${id} is pending: it is being delivered.`)
    const details = { webhook_id: webhookId, run_id: delivery.runId, event: delivery.event }
    await put(tx, actor, { target: { type: 'delivery', id }, details }, app.clock.now())
  })
  tell(app)
  return readDelivery(app, actor, id)
}

export interface ReplaySelection {
  /** Of those made from then on, in milliseconds since 1970. */
  since: number
  /** And before then. */
  until?: number | undefined
  webhookId?: string | undefined
  event?: string | undefined
  limit: number
}

/**
 * Sends failed messages again, the oldest first; not those of webhooks that are gone or disabled.
 * @throws AppError not_found; conflict where the named webhook is disabled
 */
export async function replayFailed(
  app: WebhookContext,
  actor: Actor,
  { since, until, webhookId, event, limit }: ReplaySelection,
): Promise<{ count: number; hasMore: boolean }> {
  const replayed = await app.database.transaction(async tx => {
    if (webhookId !== undefined) await requireEnabled(tx, actor, webhookId)
    const { webhookDeliveries: table, webhooks } = tx.tables
    const enabled = tx.orm
      .select({ id: webhooks.id })
      .from(webhooks)
      .where(and(eq(webhooks.tenantId, actor.tenantId), eq(webhooks.state, 'enabled')))
    const found = await selectDeliveries(
      tx,
      [
        eq(table.tenantId, actor.tenantId),
        eq(table.state, 'failed'),
        sql`${table.state} <> 'delivered'`, // leads to the partial index
        gte(table.createdAt, since),
        until === undefined ? undefined : lt(table.createdAt, until),
        webhookId === undefined ? undefined : eq(table.webhookId, webhookId),
        event === undefined ? undefined : eq(table.event, event),
        or(isNull(table.webhookId), inArray(table.webhookId, enabled)),
        await seenBy(tx, actor),
      ],
      { order: asc(table.id), limit: limit + 1 },
    )
    const chosen = found.slice(0, limit).map(({ delivery }) => delivery)
    const sent = await sendAgain(app, tx, chosen)
    if (sent.length > 0) {
      const details = { since: new Date(since).toISOString(), event: event ?? null, count: sent.length }
      await put(tx, actor, { target: { type: 'webhook', id: webhookId ?? 'all' }, details }, app.clock.now())
    }
    return { count: sent.length, hasMore: found.length > limit }
  })
  if (replayed.count > 0) tell(app)
  return replayed
}

/** Those that have ended begin anew, each with a job. Returns them. */
async function sendAgain({ outbox }: WebhookContext, tx: Transaction, deliveries: Delivery[]): Promise<Delivery[]> {
  if (deliveries.length === 0) return []
  const fresh = deliveries.map(delivery => ({ ...delivery, jobId: newId('job') }))
  const restarted = await restartDeliveries(
    tx,
    fresh.map(({ id, jobId }) => ({ id, jobId })),
  )
  const again = fresh.filter(({ id }) => restarted.has(id))
  await outbox.enqueue(tx, again)
  return again
}

async function requireEnabled(tx: Transaction, actor: Actor, id: string): Promise<void> {
  const { state } = await readWebhook(tx, actor, id).catch(error => {
    if (!(error instanceof AppError)) throw error
    throw new AppError('conflict', `Webhook ${id} was deleted: there is nowhere to send this to.`)
  })
  if (state === 'disabled') throw new AppError('conflict', `Webhook ${id} is disabled. Enable it first.`)
}

const put = (tx: Transaction, actor: Actor, entry: Pick<AuditEntry, 'target' | 'details'>, now: number) =>
  audit(tx, actor, { action: 'delivery.replayed', ...entry }, now)

function tell({ emit, outbox }: WebhookContext): void {
  emit('audit.recorded', { action: 'delivery.replayed' })
  outbox.wake()
}
