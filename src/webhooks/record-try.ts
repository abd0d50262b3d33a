import { and, eq, isNotNull } from 'drizzle-orm'
import type { Transaction } from '../db/database.ts'
import type { Json } from '../json.ts'
import type { DeliverContext } from './deliver.ts'
import { type Delivery, type Try, toDelivery } from './delivery.ts'
import { disableWebhook, tellDisabled } from './disable-webhook.ts'
import type { Webhook } from './webhook.ts'

/** With nothing delivered for so long, a webhook is disabled. */
const disabledAfterMs = 3 * 86_400_000
const keptTries = 20

interface MadeTry {
  delivery: Delivery
  /** Null: the run's own address, or no fault of the webhook's. */
  webhook: Webhook | null
  made: Try
  state: Delivery['state']
  /** The receiver has said that it wants nothing more. */
  isGone: boolean
}

/** Writes down one attempt and what it means for its webhook. */
export async function recordTry(app: Pick<DeliverContext, 'clock' | 'database' | 'emit' | 'outbox'>, tried: MadeTry) {
  const { delivery, webhook, made, state, isGone } = tried
  const now = app.clock.now()
  const reason = await app.database.transaction(async tx => {
    const { webhookDeliveries } = tx.tables
    const written = await tx.orm
      .update(webhookDeliveries)
      .set({
        state,
        log: withTry(delivery, made),
        attempts: delivery.attempts + 1,
        url: webhook?.url ?? delivery.url,
        finishedAt: state === 'pending' ? null : now,
      })
      // An attempt that lost its lease, and comes back late, finds the number of the one that took its place.
      .where(and(stillPending(tx, delivery), eq(webhookDeliveries.attempts, delivery.attempts)))
      .returning({ id: webhookDeliveries.id })
    if (!webhook || written.length === 0) return null
    if (state === 'delivered') return recovered(tx, webhook)
    const since = await failing(tx, webhook, now)
    const why = isGone
      ? 'Its receiver answered 410: it wants nothing more.'
      : since <= now - disabledAfterMs
        ? `Nothing has been delivered since ${new Date(since).toISOString()}. The last failure: ${made.error}`
        : null
    return why !== null && (await disableWebhook(tx, app.outbox, { webhook, reason: why, now })) ? why : null
  })
  if (webhook && reason !== null) await tellDisabled(app, webhook, reason)
}

const stillPending = ({ tables: { webhookDeliveries } }: Transaction, { id, jobId }: Pick<Delivery, 'id' | 'jobId'>) =>
  and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.jobId, jobId), eq(webhookDeliveries.state, 'pending'))

async function recovered({ orm, tables: { webhooks } }: Transaction, { id, failingSince }: Webhook): Promise<null> {
  if (failingSince === null) return null
  await orm
    .update(webhooks)
    .set({ failingSince: null })
    .where(and(eq(webhooks.id, id), isNotNull(webhooks.failingSince)))
  return null
}

/** Since when nothing has been delivered. */
async function failing({ orm, tables: { webhooks } }: Transaction, { id }: Webhook, now: number): Promise<number> {
  const [row] = await orm.select({ since: webhooks.failingSince }).from(webhooks).where(eq(webhooks.id, id))
  if (row && row.since !== null) return row.since
  await orm.update(webhooks).set({ failingSince: now }).where(eq(webhooks.id, id))
  return now
}

/** Ends a delivery whose job has ended without it. */
export async function endDelivery(
  tx: Transaction,
  { id, jobId }: Pick<Delivery, 'id' | 'jobId'>,
  { now, error }: { now: number; error: string },
): Promise<void> {
  const { webhookDeliveries } = tx.tables
  const [row] = await tx.orm.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id))
  if (!row) return
  const made: Try = { at: now, status: null, ms: 0, error, answer: null }
  await tx.orm
    .update(webhookDeliveries)
    .set({ state: 'failed', log: withTry(toDelivery(row), made), finishedAt: now })
    .where(stillPending(tx, { id, jobId }))
}

const withTry = ({ log }: Pick<Delivery, 'log'>, made: Try): Json =>
  [...log, made].slice(-keptTries).map(entry => ({ ...entry }))
