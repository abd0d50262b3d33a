import { t } from 'elysia'
import type { Webhook } from './webhook.ts'

const example = {
  id: 'whk_01a20ac7643c74ff917af328c26df1fb',
  object: 'webhook',
  name: 'our app',
  url: 'https://app.example.com/hooks/agents',
  events: ['run.completed', 'run.failed'],
  agents: null,
  state: 'enabled',
  disabled_reason: null,
  failing_since: null,
  previous_secret_until: null,
  created_at: '2026-11-23T23:39:29.212Z',
  updated_at: '2026-11-23T23:39:29.212Z',
}

const time = (description: string) => t.Nullable(t.String({ format: 'date-time', description }))

export const WebhookObject = t.Object(
  {
    id: t.String(),
    object: t.Literal('webhook'),
    name: t.String(),
    url: t.String(),
    events: t.Array(t.String(), { description: 'What it hears of.' }),
    agents: t.Nullable(t.Array(t.String(), { description: 'Whose events it hears. Null: those of all agents.' })),
    state: t.String({ enum: ['enabled', 'disabled'] }),
    disabled_reason: t.Nullable(t.String()),
    failing_since: time('Since when nothing was delivered. Null: the last delivery was taken.'),
    previous_secret_until: time('Until then the secret before signs as well.'),
    created_at: t.String({ format: 'date-time' }),
    updated_at: t.String({ format: 'date-time' }),
  },
  { title: 'Webhook', description: 'An address that hears of runs and schedules.', examples: [example] },
)

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

export const webhookToWire = (webhook: Webhook): typeof WebhookObject.static => ({
  id: webhook.id,
  object: 'webhook',
  name: webhook.name,
  url: webhook.url,
  events: webhook.events,
  agents: webhook.agents,
  state: webhook.state,
  disabled_reason: webhook.disabledReason,
  failing_since: isoOrNull(webhook.failingSince),
  previous_secret_until: isoOrNull(webhook.previousSecret === null ? null : webhook.previousSecretUntil),
  created_at: iso(webhook.createdAt),
  updated_at: iso(webhook.updatedAt),
})
