import { t } from 'elysia'
import type { HttpContext } from '../../context.ts'
import { requireOperator } from '../../http/auth.ts'
import { controller, mayTakeLong } from '../../http/controller.ts'
import { readNextAwake } from './next-awake.ts'
import { tick } from './tick.ts'
import { NextObject, nextToWire, TickObject, tickToWire } from './wire.ts'

const defaultWaitSeconds = 60
const signed = 'Instead of a key, a timer may send `x-bunkhouse-signature`, made with SCHEDULER_TICK_SECRET.'

/** `/v1/scheduler`: for hosts that sleep while nobody calls them. */
export const schedulerRoutes = (app: HttpContext) =>
  controller('Schedules', '/v1/scheduler')
    .get(
      '/next',
      async ({ actor }) => {
        requireOperator(actor)
        return nextToWire(await readNextAwake(app))
      },
      {
        scope: 'schedules:read',
        response: { 200: NextObject },
        detail: {
          operationId: 'readNextAwake',
          summary: 'Say when a process has to be awake',
          description: `For schedules and delayed runs, of all tenants. ${signed}`,
        },
      },
    )
    .post(
      '/tick',
      async ({ actor, request, query: { wait_seconds: seconds = defaultWaitSeconds } }) => {
        requireOperator(actor)
        mayTakeLong(request)
        const patience = AbortSignal.any([request.signal, AbortSignal.timeout(seconds * 1000)])
        return tickToWire(await tick(app, patience))
      },
      {
        scope: 'schedules:write',
        query: t.Object(
          {
            wait_seconds: t.Optional(
              t.Number({
                minimum: 0,
                maximum: 3_600,
                default: defaultWaitSeconds,
                description: 'Answer after that long at the latest. Runs go on.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: TickObject },
        detail: {
          operationId: 'tick',
          summary: 'Run what is due, and wait for it',
          description: `For a platform's timer, and of all tenants; calling it too often does no harm. ${signed}`,
        },
      },
    )
