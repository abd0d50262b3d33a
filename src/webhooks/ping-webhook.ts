import type { Actor } from '../context.ts'
import { AppError } from '../errors.ts'
import type { WebhookContext } from './create-webhook.ts'
import { pingMessage } from './envelope.ts'
import { type ListedDelivery, readDelivery } from './read-delivery.ts'
import { readWebhook } from './read-webhook.ts'

/** Sends a webhook a message of type `ping`, whatever it hears of. @throws AppError not_found; conflict where it is disabled */
export async function pingWebhook(app: WebhookContext, actor: Actor, id: string): Promise<ListedDelivery> {
  const deliveryId = await app.database.transaction(async tx => {
    const webhook = await readWebhook(tx, actor, id)
    if (webhook.state === 'disabled') throw new AppError('conflict', `Webhook ${id} is disabled. Enable it first.`)
    return app.outbox.tellOne(tx, pingMessage(webhook, app.clock.now()), webhook)
  })
  app.outbox.wake()
  return readDelivery(app, actor, deliveryId)
}
