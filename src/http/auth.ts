import type { Actor } from '../context.ts'
import { AppError } from '../errors.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { Scope } from '../keys/scope.ts'

export interface Caller extends Actor {
  scopes: ReadonlySet<Scope>
  /** Requests a minute of its key and of its tenant; null: none of its own. */
  rateLimits?: { key: number | null; tenant: number | null }
}

/** Paths that answer without a key. Everything else is closed, also what does not exist. */
const openRoutes = ['/health', '/ready']
const openMetadata = /^\/\.well-known\/oauth-protected-resource(\/mcp)?$/
const openWithDocs = /^\/swagger(\/|$)/

export const isOpenRoute = (path: string): boolean => openRoutes.includes(path)
/** A page whose own token says what its bearer may do. */
export const isLinkPage = (path: string): boolean => path === '/approve'
/** What a client of MCP that has no key asks for. */
export const isMetadata = (path: string): boolean => openMetadata.test(path)
/** Pages, and what they load: who signs in there is looked at by them. */
export const isConsole = (path: string): boolean => path === '/console' || path.startsWith('/console/')
/** The same for everybody, kept by browsers, and twenty of them when the console is first opened: an address is not counted for it. */
export const isConsoleFile = (path: string): boolean => path.startsWith('/console/assets/')
export const isOpenPage = (path: string): boolean => openWithDocs.test(path)

const bearer = /^bearer +(\S+)$/i

function presentedKey(request: Request): string | null {
  const authorization = request.headers.get('authorization')
  if (authorization !== null) return bearer.exec(authorization)?.[1] ?? ''
  return request.headers.get('x-api-key')
}

/** Who is calling. Without a promise where the key was seen lately. @throws AppError unauthorized */
export function authenticate(keys: KeyRing, request: Request): Caller | Promise<Caller> {
  const secret = presentedKey(request)
  if (secret === null) {
    throw new AppError('unauthorized', 'Send a key as "Authorization: Bearer <key>" or "x-api-key: <key>".')
  }
  const found = keys.find(secret)
  return found instanceof Promise ? found.then(key => toCaller(key)) : toCaller(found)
}

const callers = new WeakMap<object, Caller>()

const notGood = 'The key is not known, or it has expired or been revoked.'

/** @throws AppError unauthorized where there is none */
export function toCaller(key: Awaited<ReturnType<KeyRing['find']>>, why = notGood): Caller {
  if (key === null) throw new AppError('unauthorized', why)
  const known = callers.get(key)
  if (known) return known
  const { tenantId, id: keyId, agents, rateLimit, tenantRateLimit } = key
  const caller: Caller = {
    tenantId,
    keyId,
    scopes: new Set(key.scopes),
    rateLimits: { key: rateLimit, tenant: tenantRateLimit },
    ...(agents !== null && { agents: new Set(agents) }),
  }
  callers.set(key, caller)
  return caller
}

/** What concerns the whole service and not one tenant: only keys of the tenant `default` may do it. */
const ofTheService: ReadonlySet<Scope> = new Set<Scope>([
  'metrics:read',
  'system:read',
  'system:write',
  'backups:read',
  'backups:write',
  'tenants:read',
  'tenants:write',
  'queues:write',
])

/** What a key for some agents may do: everything else concerns others too. */
const ofAgents: ReadonlySet<Scope> = new Set<Scope>([
  'runs:read',
  'runs:write',
  'threads:read',
  'threads:write',
  'agents:read',
  'agents:write',
  'schedules:read',
  'schedules:write',
  'webhooks:read',
  'webhooks:write',
  'keys:read',
  'keys:write',
])

/** @throws AppError forbidden for whoever is not of the tenant `default`, or is for some agents only */
export function requireOperator({ tenantId, agents }: Actor): void {
  if (tenantId === 'default' && !agents) return
  throw new AppError('forbidden', 'Only a key of the tenant "default" may do this: it concerns the whole service.')
}

/** @throws AppError forbidden */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.agents && !ofAgents.has(scope)) {
    throw new AppError('forbidden', `A key for some agents cannot have the scope ${scope}: it concerns others too.`)
  }
  if (ofTheService.has(scope)) requireOperator(caller)
  if (caller.scopes.has(scope) || caller.scopes.has('admin')) return
  throw new AppError('forbidden', `The key needs the scope ${scope}.`)
}
