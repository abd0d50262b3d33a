import { type TSchema, Type } from '@sinclair/typebox'
import { eq } from 'drizzle-orm'
import { hasLinks, makeLink } from '../approvals/links.ts'
import type { AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import type { Json } from '../json.ts'
import { CancelRequested } from '../queue/abort-reason.ts'
import type { Outcome } from '../queue/job.ts'
import type { Attempt, JobKind } from '../queue/kind.ts'
import { type RunWebhook, runSecretContext } from '../runs/run-webhook.ts'
import { SealError } from '../secrets/seal.ts'
import { deliverJob } from './deliver-job.ts'
import { type Delivery, type Try, toDelivery } from './delivery.ts'
import { type Posted, post } from './post.ts'
import { endDelivery, recordTry } from './record-try.ts'
import { maxTries, retryDelayMs } from './retry-delay.ts'
import { secretContext, toWebhook, type Webhook } from './webhook.ts'

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
    rescued: (tx, jobs) => {
      const lost = jobs.filter(({ state }) => state !== 'available')
      return endAll(tx, lost, { now: app.clock.now(), error: 'The process that was to send it died, time after time.' })
    },
    cancelled: (tx, jobs) => endAll(tx, jobs, { now: app.clock.now(), error: jobCancelled }),
  }
}

/** A delivery with whom it goes to; both null where its run, or webhook, is gone. */
interface Target {
  delivery: Delivery
  webhook: Webhook | null
  runWebhook: RunWebhook | null
}

const jobCancelled = 'Its job was cancelled.'

async function deliver(app: DeliverContext, { job, signal, span }: Attempt): Promise<Outcome> {
  const target = await read(app, deliveryIdOf(job.payload))
  // It is gone with its webhook, was ended by an earlier attempt, or has been given another job.
  if (target?.delivery.state !== 'pending' || target.delivery.jobId !== job.id) return { kind: 'completed' }
  const fault = faultOf(target)
  if (fault !== null) return give(app, target.delivery, fault)
  // The job itself comes to its end only where its attempts were lost again and again.
  const isLast = target.delivery.attempts + 1 >= maxTries || job.attempt >= job.maxAttempts
  try {
    return await settle(app, target, { posted: await send(app, target, { signal, span }), isLast })
  } catch (error) {
    if (signal.reason instanceof CancelRequested) await give(app, target.delivery, jobCancelled)
    throw error
  }
}

async function send(
  app: DeliverContext,
  target: Target,
  { signal, span }: Pick<Attempt, 'signal' | 'span'>,
): Promise<Posted & { ours?: true }> {
  const { egress, config, clock } = app
  const { delivery, webhook } = target
  const now = clock.now()
  try {
    const secrets = await secretsOf(app, target)
    const url = webhook?.url ?? delivery.url
    const body = await withLink(app, delivery)
    return await post({
      delivery: { ...delivery, body },
      url,
      secrets,
      version: config.version,
      egress,
      now,
      signal,
      span,
    })
  } catch (error) {
    // The operator can mend it: it is tried again like any other, and its receiver is not to blame.
    if (!(error instanceof SealError)) throw error
    const message = `Its secret cannot be opened. ${error.message}`
    return {
      made: { at: now, status: null, ms: 0, error: message, answer: null },
      verdict: 'failed',
      askedMs: null,
      ours: true,
    }
  }
}

/** Who is asked to decide is given a link for that, made when it is sent: none is kept. */
async function withLink(app: DeliverContext, { event, body, tenantId }: Delivery): Promise<string> {
  if (event !== 'approval.requested' && event !== 'approval.reminded') return body
  if (!hasLinks(app)) return body
  const message = JSON.parse(body)
  const { id, expires_at } = message.data
  const { url } = await makeLink(app, { id, tenantId, expiresAt: expires_at === null ? null : Date.parse(expires_at) })
  return JSON.stringify({ ...message, data: { ...message.data, link: url } })
}

async function settle(
  app: DeliverContext,
  { delivery, webhook }: Target,
  { posted, isLast: noneLeft }: { posted: Posted & { ours?: true }; isLast: boolean },
): Promise<Outcome> {
  const { made, verdict, askedMs, ours = false } = posted
  const isLast = verdict === 'gone' || verdict === 'blocked' || noneLeft
  const state = verdict === 'delivered' ? 'delivered' : isLast ? 'failed' : 'pending'
  await recordTry(app, { delivery, webhook: ours ? null : webhook, made, state, isGone: verdict === 'gone' })
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

/** Ends the deliveries of jobs that nobody works on any more. */
async function endAll(
  tx: Transaction,
  jobs: { id: string; payload: Json }[],
  { now, error }: { now: number; error: string },
): Promise<void> {
  for (const { id, payload } of jobs) await endDelivery(tx, { id: deliveryIdOf(payload), jobId: id }, { now, error })
}

const deliveryIdOf = (payload: Json): string =>
  payload !== null && typeof payload === 'object' && !Array.isArray(payload) ? String(payload.delivery_id) : ''
