import { type Static, t } from 'elysia'
import { oneOf } from '../http/one-of.ts'
import { finalNewsTypes, type RunNewsType, runNewsTypes } from './run-webhook.ts'

/** Which host it may name, the service's egress rules say. */
export const WebhookUrl = t.String({
  minLength: 8,
  maxLength: 2_048,
  pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\u0000]+$',
  description: 'An http or https address that takes POST. Addresses that are not public are refused.',
})

/** As Standard Webhooks has them: the prefix, and 24 to 64 bytes in base64. */
export const WebhookSecret = t.String({
  pattern: '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$',
  description: '`whsec_` and 24 to 64 bytes in base64. It is kept sealed and never shown again.',
})

const RunWebhookObject = t.Object(
  {
    url: WebhookUrl,
    events: t.Optional(
      t.Array(oneOf([...runNewsTypes]), {
        minItems: 1,
        maxItems: runNewsTypes.length,
        uniqueItems: true,
        description: `What to tell. Default: ${finalNewsTypes.join(', ')}.`,
      }),
    ),
    secret: t.Optional(WebhookSecret),
  },
  { additionalProperties: false },
)

export const RunWebhookBody = t.Union([WebhookUrl, RunWebhookObject], {
  description: 'Where to tell what becomes of this run, besides the webhooks of the tenant. Unsigned without a secret.',
})

/** What a caller wants told of one run, with its secret as it was given. */
export interface GivenWebhook {
  url: string
  events: RunNewsType[]
  secret: string | null
}

export function givenWebhook(body: Static<typeof RunWebhookBody>): GivenWebhook {
  if (typeof body === 'string') return { url: body, events: finalNewsTypes, secret: null }
  return { url: body.url, events: body.events ?? finalNewsTypes, secret: body.secret ?? null }
}
