import { type TSchema, Type } from '@sinclair/typebox'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import type { Outcome } from '../queue/job.ts'
import type { Attempt, JobKind } from '../queue/kind.ts'
import type { RescuedJob } from '../queue/sql/rescue-jobs.ts'
import type { RunWebhook } from '../runs/run-webhook.ts'
import { SealError } from '../secrets/seal.ts'
import { deliverJob } from './deliver-job.ts'
import { type Delivery, type Try, toDelivery } from './delivery.ts'
import { type Posted, post } from './post.ts'
import { endDelivery, recordTry } from './record-try.ts'
import { maxTries, retryDelayMs } from './retry-delay.ts'
import { runSecretContext, secretContext, toWebhook, type Webhook } from './webhook.ts'

export type DeliverContext = Pick<AppContext, 'clock' | 'config' | 'database' | 'egress' | 'emit' | 'outbox' | 'sealer'>

const Payload: TSchema = Type.Object({ delivery_id: Type.String() })

/** Jobs of kind `webhook.deliver`: one attempt sends one message once. */
export function deliverJobKind(app: DeliverContext): JobKind {
  return {
    kind: deliverJob.kind,
    payload: Payload,
    settlesItself: false,
    forgetsCompleted: true,
    notRedriven: 'Replay the delivery instead: POST /v1/webhooks/deliveries/{id}/replay.',
    perform: attempt => deliver(app, attempt),
    rescued: (tx, jobs) => endLost(tx, jobs, app.clock.now()),
  }
}

/** A delivery with whom it goes to; both null where its run, or webhook, is gone. */
interface Target {
  delivery: Delivery
  webhook: Webhook | null
  runWebhook: RunWebhook | null
}

async function deliver(app: DeliverContext, { job, signal, span }: Attempt): Promise<Outcome> {
  const target = await read(app, deliveryIdOf(job.payload))
  // It is gone with its webhook, was ended by an earlier attempt, or has been given another job.
  if (target?.delivery.state !== 'pending' || target.delivery.jobId !== job.id) return { kind: 'completed' }
  const { delivery, webhook } = target
  const fault = faultOf(target)
  if (fault !== null) return give(app, delivery, fault)
  let secrets: string[]
  try {
    secrets = await secretsOf(app, target)
  } catch (error) {
    if (error instanceof SealError) return give(app, delivery, `Its secret cannot be opened. ${error.message}`)
    throw error
  }
  const url = webhook?.url ?? delivery.url
  const { egress, config, clock } = app
  const sent = { delivery, url, secrets, version: config.version, egress, now: clock.now(), signal, span }
  return settle(app, target, await post(sent))
}

async function settle(app: DeliverContext, { delivery, webhook }: Target, posted: Posted): Promise<Outcome> {
  const { made, verdict, askedMs } = posted
  const isLast = verdict === 'gone' || verdict === 'blocked' || delivery.attempts + 1 >= maxTries
  const state = verdict === 'delivered' ? 'delivered' : isLast ? 'failed' : 'pending'
  await recordTry(app, { delivery, webhook, made, state, isGone: verdict === 'gone' })
  const failed = verdict === 'blocked' ? 'blocked' : isLast ? 'failed' : 'retrying'
  app.emit('webhook.delivered', { outcome: verdict === 'delivered' ? 'delivered' : failed })
  if (state !== 'pending') return { kind: 'completed' }
  const delayMs = retryDelayMs(delivery.attempts + 1, askedMs)
  return { kind: 'retry', delayMs, message: made.error ?? 'It was not delivered.' }
}

/** Ends a delivery that cannot be sent at all. */
async function give(app: DeliverContext, delivery: Delivery, error: string): Promise<Outcome> {
  const made: Try = { at: app.clock.now(), status: null, ms: 0, error, answer: null }
  await recordTry(app, { delivery, webhook: null, made, state: 'failed', isGone: false })
  app.emit('webhook.delivered', { outcome: 'failed' })
  return { kind: 'completed' }
}

function faultOf({ delivery, webhook, runWebhook }: Target): string | null {
  if (delivery.webhookId === null) return runWebhook ? null : 'Its run is gone.'
  if (!webhook) return 'Its webhook was deleted.'
  return webhook.state === 'enabled' ? null : 'Its webhook is disabled.'
}

async function secretsOf({ sealer, clock }: DeliverContext, target: Target): Promise<string[]> {
  const { delivery, webhook, runWebhook } = target
  if (!webhook) {
    if (!runWebhook || runWebhook.secret === null || delivery.runId === null) return []
    return [await sealer.open(runWebhook.secret, runSecretContext(delivery.tenantId, delivery.runId))]
  }
  const { previousSecret, previousSecretUntil } = webhook
  const stillSigns = previousSecret !== null && (previousSecretUntil ?? 0) > clock.now()
  const sealed = stillSigns ? [webhook.secret, previousSecret] : [webhook.secret]
  return Promise.all(sealed.map(secret => sealer.open(secret, secretContext(webhook))))
}

async function read({ database }: DeliverContext, id: string): Promise<Target | null> {
  const { webhookDeliveries, webhooks, runs } = database.tables
  const [row] = await database.orm
    .select({ delivery: webhookDeliveries, webhook: webhooks, runWebhook: runs.webhook })
    .from(webhookDeliveries)
    .leftJoin(webhooks, eq(webhooks.id, webhookDeliveries.webhookId))
    .leftJoin(runs, eq(runs.id, webhookDeliveries.runId))
    .where(eq(webhookDeliveries.id, id))
  if (!row) return null
  return {
    delivery: toDelivery(row.delivery),
    webhook: row.webhook && toWebhook(row.webhook),
    runWebhook: row.runWebhook as RunWebhook | null, // written by src/runs alone
  }
}

/** Jobs that were taken from dead workers for the last time, or were cancelled meanwhile: nobody sends them any more. */
async function endLost(tx: Transaction, jobs: RescuedJob[], now: number): Promise<void> {
  for (const { payload, state } of jobs) {
    if (state === 'available') continue
    await endDelivery(tx, deliveryIdOf(payload), now)
  }
}

const deliveryIdOf = (payload: RescuedJob['payload']): string =>
  payload !== null && typeof payload === 'object' && !Array.isArray(payload) ? String(payload.delivery_id) : ''
