import { type Static, t } from 'elysia'
import { invalidField } from '../errors.ts'
import { integer } from '../http/integer.ts'
import { oneOf } from '../http/one-of.ts'
import { nameText } from '../http/params.ts'
import { timeOf } from '../http/time-param.ts'
import { WebhookSecret, WebhookUrl } from '../runs/webhook-body.ts'
import { eventFilters, eventTypes } from './event-type.ts'
import { webhookExample } from './examples.ts'

const closed = { additionalProperties: false }

const name = nameText({ minLength: 1, maxLength: 128, description: 'For people.' })
const events = t.Array(oneOf(eventFilters), {
  minItems: 1,
  maxItems: eventFilters.length,
  uniqueItems: true,
  description: 'What it hears of: event types, `run.*` for all that begin so, `*` for all there is.',
})
const agents = t.Nullable(
  t.Array(t.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' }), {
    minItems: 1,
    maxItems: 100,
    uniqueItems: true,
    description: 'Names of the agents whose events it hears. Null: those of all.',
  }),
)
const enabled = t.Boolean({ description: 'False: nothing is sent to it, nor kept for it.' })

export const WebhookBody = t.Object(
  {
    name: t.Optional(name),
    url: WebhookUrl,
    events: t.Optional(events),
    agents: t.Optional(agents),
    secret: t.Optional(WebhookSecret),
    enabled: t.Optional(enabled),
  },
  {
    ...closed,
    title: 'NewWebhook',
    description: 'Where to tell what. Without `events`: of all there is. Without `secret`: one is made.',
    examples: [{ name: webhookExample.name, url: webhookExample.url, events: webhookExample.events }],
  },
)

export const WebhookPatch = t.Object(
  {
    name: t.Optional(name),
    url: t.Optional(WebhookUrl),
    events: t.Optional(events),
    agents: t.Optional(agents),
    enabled: t.Optional(enabled),
  },
  {
    ...closed,
    minProperties: 1,
    title: 'WebhookChange',
    description: 'What is left out stays. For the secret there is `rotate-secret`.',
    examples: [{ events: ['run.*'] }],
  },
)

export const RotateBody = t.Object(
  {
    secret: t.Optional(WebhookSecret),
    overlap_seconds: t.Optional(
      integer({
        minimum: 0,
        maximum: 30 * 86_400,
        default: 86_400,
        description: 'For so long the secret before signs as well.',
      }),
    ),
  },
  {
    ...closed,
    title: 'SecretRotation',
    description: 'Without `secret`: one is made.',
    examples: [{ overlap_seconds: 86_400 }],
  },
)

export const DeliveryState = oneOf(['pending', 'delivered', 'failed'], {
  description: '`pending`: it has not been tried yet, or is tried again.',
})
export const EventType = oneOf([...eventTypes, 'ping'], { description: 'Only messages of this type.' })

export const ReplayBody = t.Object(
  {
    since: t.String({ maxLength: 40, description: 'ISO time: of those made from then on.' }),
    until: t.Optional(t.String({ maxLength: 40, description: 'ISO time: and before then.' })),
    webhook_id: t.Optional(nameText({ maxLength: 64, description: 'Only those of this webhook.' })),
    event: t.Optional(EventType),
    limit: t.Optional(integer({ minimum: 1, maximum: 1_000, default: 1_000, description: 'How many at most.' })),
  },
  {
    ...closed,
    title: 'Replay',
    description: 'Which failed deliveries to send again.',
    examples: [{ since: '2026-11-23T00:00:00Z' }],
  },
)

/** The request's words as the verb's. @throws AppError invalid_request */
export function replaySelection({ since, until, webhook_id: webhookId, event, limit }: Static<typeof ReplayBody>) {
  const from = timeOf('since', since, 'body')
  if (from === undefined) throw invalidField('/since', 'It is missing.')
  return { since: from, until: timeOf('until', until, 'body'), webhookId, event, limit: limit ?? 1_000 }
}
