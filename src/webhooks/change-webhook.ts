import { and, eq } from 'drizzle-orm'
import { type AuditEntry, audit } from '../audit/audit.ts'
import type { Actor } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { lockNames } from '../db/lock-names.ts'
import { auditDetails, disabledByHand, requireUrl, type WebhookContext } from './create-webhook.ts'
import { readWebhook, requireWithin } from './read-webhook.ts'
import type { Webhook } from './webhook.ts'

/** What is left out stays. */
export interface WebhookChange {
  name?: string | undefined
  url?: string | undefined
  events?: string[] | undefined
  agents?: string[] | null | undefined
  enabled?: boolean | undefined
}

/**
 * Changes a webhook; enabled again, it counts as one that has not failed. What is under way goes to where it is then.
 * @throws AppError not_found, invalid_request, forbidden
 */
export async function changeWebhook(
  app: WebhookContext,
  actor: Actor,
  id: string,
  { enabled, ...change }: WebhookChange,
): Promise<Webhook> {
  if (change.url !== undefined) requireUrl(change.url, app.egress)
  if (change.agents !== undefined) requireWithin(actor, change.agents)
  const given: Partial<Webhook> = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  return writeWebhook(app, actor, id, webhook => {
    const changes = { ...given, ...stateChange(webhook, enabled) }
    return { changes, entry: { action: 'webhook.changed', details: auditDetails(changes) } }
  })
}

function stateChange(
  { state }: Webhook,
  enabled: boolean | undefined,
): Partial<Pick<Webhook, 'state' | 'disabledReason' | 'failingSince'>> {
  if (enabled === undefined || enabled === (state === 'enabled')) return {}
  return enabled
    ? { state: 'enabled', disabledReason: null, failingSince: null }
    : { state: 'disabled', disabledReason: disabledByHand }
}

/**
 * Changes a webhook that nobody else changes meanwhile.
 * @throws AppError not_found
 */
export async function writeWebhook(
  app: WebhookContext,
  actor: Actor,
  id: string,
  change: (
    webhook: Webhook,
    now: number,
  ) => { changes: Partial<Webhook>; entry: Pick<AuditEntry, 'action' | 'details'> },
): Promise<Webhook> {
  const now = app.clock.now()
  const { webhook, action } = await app.database.transaction(async tx => {
    const before = await lockWebhook(tx, actor, id)
    const { changes, entry } = change(before, now)
    const after = { ...changes, updatedAt: now }
    const { webhooks } = tx.tables
    await tx.orm
      .update(webhooks)
      .set(after)
      .where(mine(tx, actor, id))
    await audit(tx, actor, { ...entry, target: { type: 'webhook', id } }, now)
    return { webhook: { ...before, ...after }, action: entry.action }
  })
  app.emit('audit.recorded', { action })
  await app.outbox.book.changed()
  return webhook
}

/** Deletes a webhook. What it was sent stays in the log; what is under way is sent no more. @throws AppError not_found */
export async function deleteWebhook(app: WebhookContext, actor: Actor, id: string): Promise<void> {
  await app.database.transaction(async tx => {
    const { name } = await lockWebhook(tx, actor, id)
    await tx.orm.delete(tx.tables.webhooks).where(mine(tx, actor, id))
    const entry = { action: 'webhook.deleted' as const, target: { type: 'webhook', id }, details: { name } }
    await audit(tx, actor, entry, app.clock.now())
  })
  app.emit('audit.recorded', { action: 'webhook.deleted' })
  await app.outbox.book.changed()
}

async function lockWebhook(tx: Transaction, actor: Actor, id: string): Promise<Webhook> {
  await lockNames(tx, [`webhook ${id}`])
  return readWebhook(tx, actor, id)
}

const mine = ({ tables: { webhooks } }: Transaction, { tenantId }: Actor, id: string) =>
  and(eq(webhooks.id, id), eq(webhooks.tenantId, tenantId))
