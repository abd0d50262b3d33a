import type { Server } from 'bun'
import { Elysia } from 'elysia'
import type { Actor } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Scope } from '../keys/scope.ts'
import type { Span } from '../telemetry/tracing/tracer.ts'
import { type Caller, requireScope } from './auth.ts'
import type { ClientAddresses } from './client-addresses.ts'
import type { Verdict } from './rate-limit/verdict.ts'

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
  /** Where the service is told to be; null: wherever it is asked. */
  publicUrl: string | null
  /** The request as the server knows it. */
  received: Request
  /** Tells where it came from. */
  addresses: ClientAddresses
  /** How it stands with its rate limits; null: it has none. */
  rate: Verdict | null
  /** Its answer may take long. */
  patient: boolean
  /** How long its connection may be silent otherwise. */
  idleSeconds: number
  /** Where it is traced. */
  span: Span | undefined
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

/** Where a request comes from, as far as proxies can be believed; null when the client has gone. Looked up when asked. */
export function clientAddress(request: Request): string | null {
  const facts = requestFacts(request)
  return facts ? facts.addresses.of(facts.received, facts.server) : null
}

export function noteRoute(request: Request, route: string): void {
  const facts = requestFacts(request)
  if (facts) facts.route = route
}

/** Scopes whose every use is put into the audit log. Making runs, jobs and threads is not, and is done too often. */
const withRequests: ReadonlySet<Scope> = new Set<Scope>([
  'agents:write',
  'schedules:write',
  'queues:write',
  'secrets:write',
  'budgets:write',
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
  return { ...actor, request: { id: facts.id, address: clientAddress(request) } }
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
        const { caller, span } = requestFacts(request) ?? {}
        if (!caller) throw new AppError('unauthorized', 'A key is needed.')
        requireScope(caller, scope)
        const traced = span ? { ...caller, span } : caller
        return { actor: withRequests.has(scope) ? withRequest(traced, request) : traced }
      },
    }),
  })

/** For answers that may take long: until there is one, the connection is not closed for being silent. */
export function mayTakeLong(request: Request): void {
  const facts = requestFacts(request)
  if (!facts) return
  facts.patient = true
  facts.server.timeout(facts.received, 0)
}

/** The long wait is over: from now on the connection is closed when it is silent. */
export function takesNoLonger(request: Request): void {
  const facts = requestFacts(request)
  facts?.server.timeout(facts.received, facts.idleSeconds)
}

/** Closes a request's connection, also one whose reader takes nothing. */
export function hangUp(request: Request): void {
  const facts = requestFacts(request)
  facts?.server.timeout(facts.received, 1)
}
