import type { Server } from 'bun'
import { Elysia } from 'elysia'
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
        return { actor: caller }
      },
    }),
  })

/** For answers that may take long: the connection is not closed for being silent. */
export const mayTakeLong = (request: Request): void => requestFacts(request)?.server.timeout(request, 0)
