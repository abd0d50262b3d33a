import { count, eq } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { lockNames } from '../db/lock-names.ts'
import { urlFault } from '../egress/guarded-fetch.ts'
import type { EgressPolicy } from '../egress/policy.ts'
import { AppError, invalidField } from '../errors.ts'
import type { Json } from '../json.ts'
import { newId } from '../runtime/id.ts'
import { requireWithin, webhooksAtMost } from './read-webhook.ts'
import { newWebhookSecret } from './secret.ts'
import { type SecretWebhook, secretContext, type Webhook } from './webhook.ts'

/** What verbs that change webhooks use. */
export type WebhookContext = Pick<AppContext, 'clock' | 'database' | 'egress' | 'emit' | 'outbox' | 'sealer'>

export interface WebhookInput {
  name?: string | undefined
  url: string
  events?: string[] | undefined
  /** Null: all. Default: those that the key is for. */
  agents?: string[] | null | undefined
  /** Default: one is made. */
  secret?: string | undefined
  enabled?: boolean | undefined
}

export const disabledByHand = 'It was disabled over the API.'

/**
 * Makes a webhook of the actor's tenant. It hears of what is stored from then on: in this process at once, in others
 * within seconds.
 * @throws AppError invalid_request for a URL that may not be asked; forbidden; conflict where there are too many;
 * unavailable where no secret can be kept
 */
export async function createWebhook(app: WebhookContext, actor: Actor, input: WebhookInput): Promise<SecretWebhook> {
  requireUrl(input.url, app.egress)
  const { agents = actor.agents ? [...actor.agents] : null, enabled = true } = input
  requireWithin(actor, agents)
  const now = app.clock.now()
  const id = newId('whk')
  const secret = input.secret ?? newWebhookSecret()
  const webhook: Webhook = {
    id,
    tenantId: actor.tenantId,
    name: input.name ?? new URL(input.url).host.slice(0, 128),
    url: input.url,
    events: input.events ?? ['*'],
    agents,
    secret: await app.sealer.seal(secret, secretContext({ tenantId: actor.tenantId, id })),
    previousSecret: null,
    previousSecretUntil: null,
    state: enabled ? 'enabled' : 'disabled',
    disabledReason: enabled ? null : disabledByHand,
    failingSince: null,
    createdAt: now,
    updatedAt: now,
  }
  await app.database.transaction(async tx => {
    await requireRoom(tx, actor.tenantId)
    await tx.orm.insert(tx.tables.webhooks).values(webhook)
    const details = auditDetails(webhook)
    await audit(tx, actor, { action: 'webhook.created', target: { type: 'webhook', id }, details }, now)
  })
  app.emit('audit.recorded', { action: 'webhook.created' })
  await app.outbox.book.changed()
  return { webhook, secret }
}

/** @throws AppError invalid_request */
export function requireUrl(url: string, egress: EgressPolicy, path = '/url'): void {
  const fault = urlFault(url, egress)
  if (fault !== null) throw invalidField(path, fault)
}

/** The host alone: paths and queries of such addresses are often secrets themselves. */
export function auditDetails({ name, url, events, agents, state }: Partial<Webhook>): { [key: string]: Json } {
  return {
    ...(name !== undefined && { name }),
    ...(url !== undefined && { host: new URL(url).host }),
    ...(events !== undefined && { events }),
    ...(agents !== undefined && { agents }),
    ...(state !== undefined && { enabled: state === 'enabled' }),
  }
}

async function requireRoom(tx: Transaction, tenantId: string): Promise<void> {
  await lockNames(tx, [`webhooks of ${tenantId}`])
  const { webhooks } = tx.tables
  const [row] = await tx.orm.select({ count: count() }).from(webhooks).where(eq(webhooks.tenantId, tenantId))
  if ((row?.count ?? 0) < webhooksAtMost) return
  throw new AppError('conflict', `There are ${webhooksAtMost} webhooks, and there can be no more. Delete one first.`)
}
