import type { Caller } from '../../http/auth.ts'
import type { Clock } from '../../runtime/clock.ts'
import { signatureHeader, verifyTick } from './token.ts'

const paths = new Set(['/v1/scheduler/next', '/v1/scheduler/tick'])

/** A timer may do what these two paths do, and nothing else. */
const timer: Caller = {
  tenantId: 'default',
  keyId: null,
  scopes: new Set(['schedules:read', 'schedules:write']),
}

/** Lets signed requests in at the scheduler's paths; null for any other request. @throws AppError unauthorized */
export const tickCaller =
  ({ secret, clock }: { secret: string | null; clock: Clock }) =>
  (request: Request, path: string): Caller | null => {
    const header = paths.has(path) ? request.headers.get(signatureHeader) : null
    if (header === null) return null
    verifyTick(secret, header, { method: request.method, path, now: clock.now() })
    return timer
  }
