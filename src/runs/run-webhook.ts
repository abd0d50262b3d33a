/** Where one run tells what becomes of it, besides the webhooks of its tenant. */
export interface RunWebhook {
  url: string
  events: RunNewsType[]
  /** Sealed; null: its deliveries are not signed. */
  secret: string | null
}

/** What the secret of a run's webhook is sealed for: it opens for this run of this tenant alone. */
export const runSecretContext = (tenantId: string, runId: string): string => `${tenantId} ${runId}`

/** What can be told of a run, by the events of its log. */
const newsOfEvents = {
  'run.created': 'run.queued',
  'run.started': 'run.started',
  'run.waiting': 'run.waiting',
  'run.retrying': 'run.retrying',
  'run.completed': 'run.completed',
  'run.failed': 'run.failed',
  'run.cancelled': 'run.cancelled',
} as const

export type RunNewsType = (typeof newsOfEvents)[keyof typeof newsOfEvents]

export const runNewsTypes = [
  'run.queued',
  'run.started',
  'run.waiting',
  'run.retrying',
  'run.completed',
  'run.failed',
  'run.cancelled',
] as const satisfies RunNewsType[]

export const finalNewsTypes: RunNewsType[] = ['run.completed', 'run.failed', 'run.cancelled']

/** Undefined for an event that is no change of the run's state. */
export const newsTypeOf = (event: string): RunNewsType | undefined =>
  Object.hasOwn(newsOfEvents, event) ? newsOfEvents[event as keyof typeof newsOfEvents] : undefined // it has it
