import { and, eq } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { bodyOf } from './envelope.ts'
import type { Outbox } from './outbox.ts'
import type { Webhook } from './webhook.ts'
import { webhookToWire } from './wire.ts'

/**
 * Sends a webhook nothing more, by a rule of the service's own, and tells the tenant's other webhooks. False where it was
 * disabled already. After the commit: `tellDisabled`.
 */
export async function disableWebhook(
  tx: Transaction,
  outbox: Outbox,
  { webhook, reason, now }: { webhook: Webhook; reason: string; now: number },
): Promise<boolean> {
  const { webhooks } = tx.tables
  const changes = { state: 'disabled' as const, disabledReason: reason, updatedAt: now }
  const rows = await tx.orm
    .update(webhooks)
    .set(changes)
    .where(and(eq(webhooks.id, webhook.id), eq(webhooks.state, 'enabled')))
    .returning({ id: webhooks.id })
  if (rows.length === 0) return false
  const { id, tenantId, agents } = webhook
  const body = bodyOf('webhook.disabled', now, webhookToWire({ ...webhook, ...changes }))
  await outbox.tell(tx, [{ type: 'webhook.disabled', tenantId, agents, runId: null, body }], id)
  const actor = { tenantId, keyId: null, isSystem: true as const }
  await audit(tx, actor, { action: 'webhook.disabled', target: { type: 'webhook', id }, details: { reason } }, now)
  return true
}

export async function tellDisabled(
  { emit, outbox }: Pick<AppContext, 'emit' | 'outbox'>,
  { id, name }: Webhook,
  reason: string,
): Promise<void> {
  emit('webhook.disabled', { webhookId: id, name, reason })
  emit('audit.recorded', { action: 'webhook.disabled' })
  outbox.wake()
  await outbox.book.changed()
}
