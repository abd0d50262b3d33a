import { type Static, t } from 'elysia'
import type { HttpContext } from '../context.ts'
import { controller } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { DeliveryState, EventType, ReplayBody, replaySelection } from './body.ts'
import {
  DeliveryObject,
  DeliveryWithTries,
  deliveryList,
  deliveryToWire,
  deliveryWithTriesToWire,
  ReplayedObject,
} from './delivery-wire.ts'
import { deliveryExample, webhookExample } from './examples.ts'
import { type FoundDeliveries, listDeliveries, listDeliveriesOf } from './list-deliveries.ts'
import { readDelivery } from './read-delivery.ts'
import { replayDelivery, replayFailed } from './replay-delivery.ts'

const ofWebhook = t.Object({ id: t.String({ description: 'Id of the webhook.', examples: [webhookExample.id] }) })
const params = t.Object({ id: t.String({ description: 'Id of the delivery.', examples: [deliveryExample.id] }) })

const filters = {
  limit: limitParam,
  cursor: cursorParam,
  state: t.Optional(DeliveryState),
  event: t.Optional(EventType),
  run_id: t.Optional(t.String({ maxLength: 64, description: 'Only what tells of this run.' })),
}
const OfWebhookQuery = t.Object(filters, { additionalProperties: false })
const DeliveriesQuery = t.Object(
  {
    ...filters,
    webhook_id: t.Optional(
      t.String({ maxLength: 64, description: 'Only what goes to this webhook, also once deleted.' }),
    ),
  },
  { additionalProperties: false },
)

const newestFirst =
  'The newest first. Where few of very many fit, a page may have fewer than `limit`, or none, although more follow: go by `has_more`.'

const at = ({ cursor, limit = 50 }: Static<typeof OfWebhookQuery>) => ({
  before: decodeCursor(cursor, deliveryList),
  limit: limit + 1,
})
const filterOf = ({ state, event, run_id: runId }: Static<typeof OfWebhookQuery>) => ({ state, event, runId })
const toList = ({ deliveries, lookedTo }: FoundDeliveries, limit = 50) =>
  toPage(deliveries, limit, deliveryList, deliveryToWire, lookedTo)

/** `/v1/webhooks/deliveries`: what was told, to whom, and what became of it. */
export const deliveryRoutes = (app: HttpContext) =>
  controller('Webhooks', '/v1/webhooks')
    .get(
      '/:id/deliveries',
      async ({ actor, params, query }) =>
        toList(await listDeliveriesOf(app, actor, params.id, filterOf(query), at(query)), query.limit),
      {
        scope: 'webhooks:read',
        params: ofWebhook,
        query: OfWebhookQuery,
        response: { 200: page(DeliveryObject) },
        detail: {
          operationId: 'listDeliveriesOfWebhook',
          summary: 'List the deliveries of a webhook',
          description: newestFirst,
        },
      },
    )
    .get(
      '/deliveries',
      async ({ actor, query }) => {
        const filter = { ...filterOf(query), webhookId: query.webhook_id }
        return toList(await listDeliveries(app, actor, filter, at(query)), query.limit)
      },
      {
        scope: 'webhooks:read',
        query: DeliveriesQuery,
        response: { 200: page(DeliveryObject) },
        detail: {
          operationId: 'listDeliveries',
          summary: 'List deliveries',
          description: `Those to webhooks, and those to the addresses that runs were given. ${newestFirst}`,
        },
      },
    )
    .get(
      '/deliveries/:id',
      async ({ actor, params }) => deliveryWithTriesToWire(await readDelivery(app, actor, params.id)),
      {
        scope: 'webhooks:read',
        params,
        response: { 200: DeliveryWithTries },
        detail: {
          operationId: 'readDelivery',
          summary: 'Read a delivery',
          description: 'With every attempt. What it says is not shown: read the run.',
        },
      },
    )
    .post(
      '/deliveries/:id/replay',
      async ({ actor, params, set }) => {
        set.status = 202
        return deliveryToWire(await replayDelivery(app, actor, params.id))
      },
      {
        scope: 'webhooks:write',
        params,
        response: { 202: DeliveryObject },
        detail: {
          operationId: 'replayDelivery',
          summary: 'Send a message again',
          description:
            'The same message with the same `webhook-id`, also one that was delivered; to where its webhook is now. 409 while it is pending.',
          responses: { 202: { description: 'It is on its way.' } },
        },
      },
    )
    .post(
      '/deliveries/replay',
      async ({ actor, body, set }) => {
        const { count, hasMore } = await replayFailed(app, actor, replaySelection(body))
        set.status = 202
        return { object: 'replayed' as const, count, has_more: hasMore }
      },
      {
        scope: 'webhooks:write',
        body: ReplayBody,
        response: { 202: ReplayedObject },
        detail: {
          operationId: 'replayDeliveries',
          summary: 'Send many failed messages again',
          description:
            'Those that have failed for good since a time, the oldest first; not those of webhooks that are deleted or disabled.',
          responses: { 202: { description: 'They are on their way.' } },
        },
      },
    )
