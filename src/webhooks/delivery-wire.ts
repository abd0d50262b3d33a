import { t } from 'elysia'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { iso, isoOrNull } from '../http/iso-time.ts'
import { DeliveryState } from './body.ts'
import type { Try } from './delivery.ts'
import { deliveryExample, tryExample } from './examples.ts'
import type { ListedDelivery } from './read-delivery.ts'

const time = (description: string) => t.String({ format: 'date-time', description })

const TryObject = t.Object(
  {
    at: time('When it was sent.'),
    status: t.Nullable(integer({ description: 'What the receiver answered; null: nothing.' })),
    duration_ms: integer(),
    error: t.Nullable(t.String({ description: 'Why it does not count as delivered; null: it does.' })),
    answer: t.Nullable(t.String({ description: 'What it answered, the first kilobyte.' })),
  },
  { title: 'Try', description: 'One attempt to deliver.', examples: [tryExample] },
)

const delivery = {
  id: t.String(),
  object: t.Literal('delivery'),
  webhook_id: t.Nullable(t.String({ description: 'Null: it goes to the address that its run was given.' })),
  run_id: t.Nullable(t.String()),
  message_id: t.String({ description: 'The header `webhook-id`: the same in every attempt and replay.' }),
  event: t.String({ description: 'The type of the message.' }),
  url: t.String({ description: 'Where it was sent last, or is to be sent.' }),
  state: DeliveryState,
  attempts: integer({ description: 'Since it was made, or replayed.' }),
  last_error: t.Nullable(t.String({ description: 'Of the last attempt.' })),
  next_attempt_at: t.Nullable(time('When it is tried next; null unless it is pending.')),
  created_at: time('When what it tells of was stored.'),
  finished_at: t.Nullable(time('When it became delivered or failed.')),
}

export const DeliveryObject = t.Object(delivery, {
  title: 'Delivery',
  description: 'One message to one address.',
  examples: [deliveryExample],
})

export const DeliveryWithTries = t.Object(
  { ...delivery, tries: t.Array(TryObject, { description: 'The last 20, the oldest first.' }) },
  {
    title: 'DeliveryWithTries',
    description: 'A message with every attempt to deliver it.',
    examples: [{ ...deliveryExample, tries: [tryExample] }],
  },
)

export const ReplayedObject = t.Object(
  {
    object: t.Literal('replayed'),
    count: integer({ description: 'How many are sent again.' }),
    has_more: t.Boolean({ description: 'There are more: ask again for the next.' }),
  },
  { title: 'Replayed', examples: [{ object: 'replayed', count: 3, has_more: false }] },
)

export const deliveryToWire = ({ delivery: row, nextAttemptAt }: ListedDelivery) => ({
  id: row.id,
  object: 'delivery' as const,
  webhook_id: row.webhookId,
  run_id: row.runId,
  message_id: row.messageId,
  event: row.event,
  url: row.url,
  state: row.state,
  attempts: row.attempts,
  last_error: row.log.at(-1)?.error ?? null,
  next_attempt_at: row.state === 'pending' ? isoOrNull(nextAttemptAt) : null,
  created_at: iso(row.createdAt),
  finished_at: isoOrNull(row.finishedAt),
})

const tryToWire = ({ at, status, ms, error, answer }: Try) => ({
  at: iso(at),
  status,
  duration_ms: ms,
  error,
  answer,
})

export const deliveryWithTriesToWire = (listed: ListedDelivery) => ({
  ...deliveryToWire(listed),
  tries: listed.delivery.log.map(tryToWire),
})

export const deliveryList: Listing<ListedDelivery> = {
  name: 'deliveries',
  position: ({ delivery: { id } }) => id,
  pattern: /^dlv_[0-9a-f]{32}$/,
}
