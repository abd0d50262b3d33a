import { t } from 'elysia'
import type { HttpContext } from '../context.ts'
import { controller } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { RotateBody, WebhookBody, WebhookPatch } from './body.ts'
import { changeWebhook, deleteWebhook } from './change-webhook.ts'
import { createWebhook } from './create-webhook.ts'
import { DeliveryObject, deliveryToWire } from './delivery-wire.ts'
import { webhookExample } from './examples.ts'
import { pingWebhook } from './ping-webhook.ts'
import { listWebhooks, readWebhook } from './read-webhook.ts'
import { rotateSecret } from './rotate-secret.ts'
import { SecretWebhookObject, secretWebhookToWire, WebhookObject, webhookList, webhookToWire } from './wire.ts'

const params = t.Object({ id: t.String({ description: 'Id of the webhook.', examples: [webhookExample.id] }) })

/** `/v1/webhooks`: where to tell what. */
export const webhookRoutes = (app: HttpContext) =>
  controller('Webhooks', '/v1/webhooks')
    .post(
      '/',
      async ({ actor, body, set }) => {
        const created = await createWebhook(app, actor, body)
        set.status = 201
        set.headers.location = `/v1/webhooks/${created.webhook.id}`
        return secretWebhookToWire(created)
      },
      {
        scope: 'webhooks:write',
        body: WebhookBody,
        response: { 201: SecretWebhookObject },
        detail: {
          operationId: 'createWebhook',
          summary: 'Make a webhook',
          description:
            'Its secret is shown this once. It hears of what is stored from then on: in this process at once, in others within 5 seconds.',
          responses: { 201: { description: 'It is made. `location` is its path.' } },
        },
      },
    )
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor } }) => {
        const webhooks = await listWebhooks(app, actor, { after: decodeCursor(cursor, webhookList), limit: limit + 1 })
        return toPage(webhooks, limit, webhookList, webhookToWire)
      },
      {
        scope: 'webhooks:read',
        query: t.Object({ limit: limitParam, cursor: cursorParam }, { additionalProperties: false }),
        response: { 200: page(WebhookObject) },
        detail: { operationId: 'listWebhooks', summary: 'List webhooks', description: 'By age.' },
      },
    )
    .get('/:id', async ({ actor, params }) => webhookToWire(await readWebhook(app.database, actor, params.id)), {
      scope: 'webhooks:read',
      params,
      response: { 200: WebhookObject },
      detail: { operationId: 'readWebhook', summary: 'Read a webhook', description: 'Without its secret.' },
    })
    .patch('/:id', async ({ actor, params, body }) => webhookToWire(await changeWebhook(app, actor, params.id, body)), {
      scope: 'webhooks:write',
      params,
      body: WebhookPatch,
      response: { 200: WebhookObject },
      detail: {
        operationId: 'changeWebhook',
        summary: 'Change a webhook',
        description:
          'Within 5 seconds on every process. What is under way goes to the new URL; disabled, it is sent nothing more.',
      },
    })
    .delete(
      '/:id',
      async ({ actor, params, set }) => {
        await deleteWebhook(app, actor, params.id)
        set.status = 204
      },
      {
        scope: 'webhooks:write',
        params,
        detail: {
          operationId: 'deleteWebhook',
          summary: 'Delete a webhook',
          description: 'What it was sent stays in the log for a while. What is under way is sent no more.',
          responses: { 204: { description: 'It is gone.' } },
        },
      },
    )
    .post(
      '/:id/rotate-secret',
      async ({ actor, params, body: { secret, overlap_seconds: overlapSeconds = 86_400 } }) =>
        secretWebhookToWire(await rotateSecret(app, actor, params.id, { secret, overlapSeconds })),
      {
        scope: 'webhooks:write',
        params,
        body: RotateBody,
        response: { 200: SecretWebhookObject },
        detail: {
          operationId: 'rotateWebhookSecret',
          summary: 'Give a webhook a new secret',
          description:
            'It is shown this once. The one before signs as well for `overlap_seconds`, in a signature of its own.',
        },
      },
    )
    .post(
      '/:id/test',
      async ({ actor, params, set }) => {
        set.status = 202
        return deliveryToWire(await pingWebhook(app, actor, params.id))
      },
      {
        scope: 'webhooks:write',
        params,
        response: { 202: DeliveryObject },
        detail: {
          operationId: 'testWebhook',
          summary: 'Send a webhook a test message',
          description: 'Of type `ping`, whatever it hears of. The delivery says what becomes of it.',
          responses: { 202: { description: 'It is on its way.' } },
        },
      },
    )
