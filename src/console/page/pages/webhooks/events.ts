import type { NewWebhook } from '../../api/operations.ts'

export type EventFilter = NonNullable<NewWebhook['events']>[number]

/** Every one with the group in which it is shown: one that the API has and that is missing here does not compile. */
const groupOf: Record<EventFilter, string> = {
  '*': '*',
  'run.*': 'run',
  'run.queued': 'run',
  'run.started': 'run',
  'run.waiting': 'run',
  'run.retrying': 'run',
  'run.completed': 'run',
  'run.failed': 'run',
  'run.cancelled': 'run',
  'approval.*': 'approval',
  'approval.requested': 'approval',
  'approval.reminded': 'approval',
  'approval.resolved': 'approval',
  'budget.*': 'budget',
  'budget.warning': 'budget',
  'budget.exceeded': 'budget',
  'schedule.*': 'schedule',
  'schedule.fired': 'schedule',
  'schedule.skipped': 'schedule',
  'schedule.missed': 'schedule',
  'schedule.failed': 'schedule',
  'webhook.*': 'webhook',
  'webhook.disabled': 'webhook',
}

export const isEventFilter = (text: string): text is EventFilter => Object.hasOwn(groupOf, text)

export const eventGroups: EventFilter[][] = [
  ...Map.groupBy(Object.keys(groupOf).filter(isEventFilter), event => groupOf[event]).values(),
]
