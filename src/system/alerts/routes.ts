import { t } from 'elysia'
import type { HttpContext } from '../../context.ts'
import { controller } from '../../http/controller.ts'
import { oneOf } from '../../http/one-of.ts'
import type { SystemContext } from '../read-system.ts'
import { readAlerts } from './read-alerts.ts'

const example = {
  name: 'BunkhouseQueueOld',
  severity: 'critical' as const,
  summary: 'Jobs of the queue runs have waited for 412 s.',
  subject: 'runs',
  value: 412,
  runbook: 'docs/runbooks.md#bunkhousequeueold',
}

const AlertObject = t.Object(
  {
    name: t.String({ description: 'As in the rules for Prometheus.' }),
    severity: oneOf(['critical', 'warning']),
    summary: t.String(),
    subject: t.Union([t.String(), t.Null()], { description: 'The queue or the status it is about.' }),
    value: t.Union([t.Number(), t.Null()], { description: 'Seconds; of the disk the share that is free.' }),
    runbook: t.String({ description: 'What to do, in the documents of the service.' }),
  },
  { title: 'Alert', examples: [example] },
)

const AlertList = t.Object(
  { object: t.Literal('list'), data: t.Array(AlertObject) },
  { title: 'Alerts', examples: [{ object: 'list', data: [example] }] },
)

/** `/v1/system/alerts`: what is wrong now. */
export const alertRoutes = (app: HttpContext & SystemContext) =>
  controller('Operations', '/v1/system/alerts').get(
    '/',
    async () => ({
      object: 'list' as const,
      data: (await readAlerts(app)).map(alert => ({
        ...alert,
        runbook: `docs/runbooks.md#${alert.name.toLowerCase()}`,
      })),
    }),
    {
      scope: 'system:read',
      response: { 200: AlertList },
      detail: {
        operationId: 'listAlerts',
        summary: 'List what is wrong now',
        description:
          'As far as the service knows by itself: readiness, age of queues, runs and backups, late schedules, the disk. Rates of errors and the like need a Prometheus.',
      },
    },
  )
