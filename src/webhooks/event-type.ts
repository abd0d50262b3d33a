import { approvalNewsTypes } from '../approvals/approval-outbox.ts'
import { budgetNewsTypes } from '../budgets/budget-outbox.ts'
import { runNewsTypes } from '../runs/run-webhook.ts'

/** Everything a webhook may hear of. A feature that has more to tell adds its words here. */
export const eventTypes = [
  ...runNewsTypes,
  ...approvalNewsTypes,
  ...budgetNewsTypes,
  'schedule.fired',
  'schedule.skipped',
  'schedule.missed',
  'schedule.failed',
  'webhook.disabled',
] as const

/** `ping` is sent on request, whatever a webhook wants to hear of. */
export type WebhookEventType = (typeof eventTypes)[number] | 'ping'

/** What a webhook may ask for: event types, `run.*` for all that begin so, `*` for all there is. */
export const eventFilters: [string, ...string[]] = [
  '*',
  ...new Set(eventTypes.map(type => `${type.split('.')[0]}.*`)),
  ...eventTypes,
]

export const matches = (filters: readonly string[], type: WebhookEventType): boolean =>
  filters.some(
    filter => filter === type || filter === '*' || (filter.endsWith('.*') && type.startsWith(filter.slice(0, -1))),
  )
