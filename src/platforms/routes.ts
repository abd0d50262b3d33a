import { Elysia } from 'elysia'
import type { HttpContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { mayTakeLong, noteRoute, requestFacts } from '../http/controller.ts'
import { tick } from '../schedules/tick/tick.ts'
import { tickToWire } from '../schedules/tick/wire.ts'
import { functionCompute, invokePath, preStopPath, waitSecondsOf } from './function-compute.ts'

/**
 * What Aliyun Function Compute calls by itself: `GET /pre-stop` before an instance ends, which is what SIGTERM is
 * elsewhere, and `POST /invoke` for a timer, which is a tick.
 * @param stop begins the shutdown
 */
export const platformRoutes = (app: HttpContext, stop: () => void) =>
  new Elysia({ name: 'platform', normalize: false })
    .get(
      preStopPath,
      async ({ request, route }) => {
        begin(request, route)
        const drained = Promise.withResolvers<void>()
        // Nothing is left then but the connections, this one among them.
        app.closing.addEventListener('abort', () => drained.resolve(), { once: true })
        if (app.closing.aborted) drained.resolve()
        stop()
        await drained.promise
        return { status: 'drained' }
      },
      { detail: { hide: true } },
    )
    .post(
      invokePath,
      async ({ request, route }) => {
        begin(request, route)
        const patience = AbortSignal.timeout(waitSecondsOf(await request.text()) * 1000)
        return tickToWire(await tick(app, AbortSignal.any([request.signal, patience])))
      },
      { parse: 'none', detail: { hide: true } },
    )

/** @throws AppError not_found for everybody but the platform */
function begin(request: Request, route: string): void {
  noteRoute(request, route)
  if (requestFacts(request)?.caller !== functionCompute) {
    throw new AppError('not_found', 'Only the platform itself may ask this.')
  }
  mayTakeLong(request)
}
