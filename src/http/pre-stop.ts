import { Elysia } from 'elysia'
import { AppError } from '../errors.ts'
import type { Caller } from './auth.ts'
import { mayTakeLong, noteRoute, requestFacts } from './controller.ts'

const path = '/pre-stop'
/** Function Compute sets it on every request, and lets no client send a header that begins with `x-fc-`. */
const pathHeader = 'x-fc-control-path'

/** The platform may say that it is about to stop the process, and nothing else. */
const platform: Caller = { tenantId: 'default', keyId: null, scopes: new Set() }

/** Lets the platform's own call in; null for any other request. */
export const preStopCaller = (request: Request, asked: string): Caller | null =>
  asked === path && request.headers.get(pathHeader) === path ? platform : null

/**
 * `GET /pre-stop`, by which Aliyun Function Compute announces the end of an instance: what SIGTERM is elsewhere. Answers
 * when the work is done or handed back.
 * @param stop begins the shutdown
 * @param closing aborted when nothing is left but the connections
 */
export const preStopRoutes = (stop: () => void, closing: AbortSignal) =>
  new Elysia({ name: 'pre-stop', normalize: false }).get(
    path,
    async ({ request, route }) => {
      noteRoute(request, route)
      if (requestFacts(request)?.caller !== platform) throw new AppError('not_found', 'The platform alone may ask this.')
      mayTakeLong(request)
      const drained = Promise.withResolvers<void>()
      closing.addEventListener('abort', () => drained.resolve(), { once: true })
      if (closing.aborted) drained.resolve()
      stop()
      await drained.promise
      return { status: 'drained' }
    },
    { detail: { hide: true } },
  )
