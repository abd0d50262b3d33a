import type { Server } from 'bun'
import { Elysia } from 'elysia'
import type { Actor } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Scope } from '../keys/scope.ts'
import { type Caller, requireScope } from './auth.ts'

/** What the server knows of a request that is under way. */
export interface RequestFacts {
  id: string
  /** In milliseconds of `performance.now()`. */
  begunAt: number
  path: string
  /** Null on open routes. */
  caller: Caller | null
  /** The route's pattern, once it was found. */
  route: string
  /** What a failure was, for the log. */
  error: unknown
  server: Server<undefined>
}

const key = Symbol('facts')

// On the request itself: in a map beside it, each entry costs the garbage collector more than the whole lookup.
interface KnownRequest extends Request {
  [key]?: RequestFacts
}

export const attachFacts = (request: KnownRequest, facts: RequestFacts): void => {
  request[key] = facts
}

export const requestFacts = (request: KnownRequest): RequestFacts | undefined => request[key]

export function noteRoute(request: Request, route: string): void {
  const facts = requestFacts(request)
  if (facts) facts.route = route
}

/** Scopes whose every use is put into the audit log. Making runs, jobs and threads is not, and is done too often. */
const withRequests: ReadonlySet<Scope> = new Set<Scope>([
  'agents:write',
  'schedules:write',
  'queues:write',
  'webhooks:write',
  'keys:write',
  'system:write',
  'backups:write',
  'tenants:write',
])

/** Who asks, with the request as the audit log names it. For routes whose scope alone does not say that they need it. */
export function withRequest<A extends Actor>(actor: A, request: Request): A {
  const facts = requestFacts(request)
  if (!facts) return actor
  return { ...actor, request: { id: facts.id, address: facts.server.requestIP(request)?.address ?? null } }
}

/**
 * An Elysia instance for one controller. A route says `scope: …`, and its handler gets `actor`: without the scope it
 * cannot ask who is calling, and without a caller it is not reached.
 */
export const controller = <const P extends string>(name: string, prefix: P) =>
  new Elysia({ name, prefix, tags: [name], normalize: false }).macro({
    scope: (scope: Scope) => ({
      detail: { security: [{ bearer: [scope] }, { apiKey: [scope] }] },
      resolve: ({ request, route }) => {
        noteRoute(request, route)
        const caller = requestFacts(request)?.caller
        if (!caller) throw new AppError('unauthorized', 'A key is needed.')
        requireScope(caller, scope)
        return { actor: withRequests.has(scope) ? withRequest(caller, request) : caller }
      },
    }),
  })

/** For answers that may take long: the connection is not closed for being silent. */
export const mayTakeLong = (request: Request): void => requestFacts(request)?.server.timeout(request, 0)
