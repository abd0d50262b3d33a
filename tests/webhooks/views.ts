import type { deliveryToWire, deliveryWithTriesToWire } from '../../src/webhooks/delivery-wire.ts'
import type { secretWebhookToWire, webhookToWire } from '../../src/webhooks/wire.ts'
import { type Call, must } from '../api/stage.ts'

export type WebhookView = ReturnType<typeof webhookToWire>
export type SecretWebhookView = ReturnType<typeof secretWebhookToWire>
export type DeliveryView = ReturnType<typeof deliveryToWire>
export type TriesView = ReturnType<typeof deliveryWithTriesToWire>

/** For tests whose receivers are on this machine. */
export const nearby = { EGRESS_ALLOW: '127.0.0.1' }

export const makeWebhook = async (call: Call, body: object): Promise<SecretWebhookView> =>
  (await must(201, call<SecretWebhookView>('POST', '/v1/webhooks', body))).body

export const readTries = async (call: Call, id: string): Promise<TriesView> =>
  (await must(200, call<TriesView>('GET', `/v1/webhooks/deliveries/${id}`))).body
