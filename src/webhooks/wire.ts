import { t } from 'elysia'
import type { Listing } from '../http/cursor.ts'
import { iso, isoOrNull } from '../http/iso-time.ts'
import { oneOf } from '../http/one-of.ts'
import { webhookExample } from './examples.ts'
import type { SecretWebhook, Webhook } from './webhook.ts'

const time = (description: string) => t.Nullable(t.String({ format: 'date-time', description }))

const webhook = {
  id: t.String(),
  object: t.Literal('webhook'),
  name: t.String(),
  url: t.String(),
  events: t.Array(t.String(), { description: 'What it hears of.' }),
  agents: t.Nullable(t.Array(t.String(), { description: 'Whose events it hears. Null: those of all agents.' })),
  state: oneOf(['enabled', 'disabled']),
  disabled_reason: t.Nullable(t.String({ description: 'Who, or which failures, disabled it.' })),
  failing_since: time('Since when nothing was delivered. Null: the last delivery was taken, or there was none.'),
  previous_secret_until: time('Until then the secret before signs as well.'),
  created_at: t.String({ format: 'date-time' }),
  updated_at: t.String({ format: 'date-time' }),
}

export const WebhookObject = t.Object(webhook, {
  title: 'Webhook',
  description: 'An address that hears of runs and schedules, without its secret.',
  examples: [webhookExample],
})

export const SecretWebhookObject = t.Object(
  { ...webhook, secret: t.String({ description: 'What its messages are signed with, shown this once.' }) },
  {
    title: 'WebhookWithSecret',
    description: 'A webhook with its new secret.',
    examples: [{ ...webhookExample, secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=' }],
  },
)

export const webhookToWire = (hook: Webhook) => ({
  id: hook.id,
  object: 'webhook' as const,
  name: hook.name,
  url: hook.url,
  events: hook.events,
  agents: hook.agents,
  state: hook.state,
  disabled_reason: hook.disabledReason,
  failing_since: isoOrNull(hook.failingSince),
  previous_secret_until: isoOrNull(hook.previousSecret === null ? null : hook.previousSecretUntil),
  created_at: iso(hook.createdAt),
  updated_at: iso(hook.updatedAt),
})

export const secretWebhookToWire = ({ webhook, secret }: SecretWebhook) => ({ ...webhookToWire(webhook), secret })

export const webhookList: Listing<Webhook> = {
  name: 'webhooks',
  position: ({ id }) => id,
  pattern: /^whk_[0-9a-f]{32}$/,
}
