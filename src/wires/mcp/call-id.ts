import { and, desc, eq } from 'drizzle-orm'
import type { Actor, AppContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { toRun } from '../../runs/read-run.ts'
import type { Run } from '../../runs/run.ts'

/** A call as its client knows it: a request of a session. */
export interface CallId {
  session: string
  request: string | number
}

/** Where a client has stopped reading what comes of a call. */
export interface CallPlace {
  call: CallId
  /** By which it wants to hear of progress. */
  progressToken?: string | number | undefined
  /** Number of the last event of the run that it has; 0: none. */
  after: number
}

/** A session holds nothing here: its name says what its client can do, and which calls are its own. */
export const newSession = (canBeAsked: boolean): string =>
  `mcp_${crypto.randomUUID().replaceAll('-', '')}${canBeAsked ? '_asks' : ''}`

const sessionPattern = /^mcp_[0-9a-f]{32}(_asks)?$/

/** Of a request that names one; null: it names none. @throws AppError not_found, whereupon its client begins a new one */
export function sessionOf({ headers }: Request): string | null {
  const session = headers.get('mcp-session-id')
  if (session !== null && !sessionPattern.test(session))
    throw new AppError('not_found', 'There is no such session. Begin one with `initialize`.')
  return session
}

export const canBeAsked = (session: string): boolean => session.endsWith('_asks')

/** No agent has a name with a slash: no chat of another client is called so. */
export const callChat = ({ keyId }: Actor, { session, request }: CallId): string =>
  `mcp/${keyId ?? ''}/${session} ${JSON.stringify(request)}`

/** The run that a call has made. Where a client counts its requests anew, that of the last one. */
export async function runOfCall(
  { database }: Pick<AppContext, 'database'>,
  actor: Actor,
  call: CallId,
): Promise<Run | null> {
  const { runs } = database.tables
  const [row] = await database.orm
    .select()
    .from(runs)
    .where(and(eq(runs.tenantId, actor.tenantId), eq(runs.chat, callChat(actor, call))))
    .orderBy(desc(runs.id))
    .limit(1)
  return row ? toRun(row) : null
}

/** As the id of an event of a stream, by which its client comes back. */
export const placeToken = ({ call: { session, request }, progressToken, after }: CallPlace): string =>
  `${Buffer.from(JSON.stringify([session, request, progressToken])).toString('base64url')}.${after}`

/** @throws AppError invalid_cursor */
export function placeOfToken(token: string): CallPlace {
  const [, name = '', after = ''] = /^([\w-]{1,4000})\.(\d{1,9})$/.exec(token) ?? []
  const place = parsed(Buffer.from(name, 'base64url').toString())
  if (!place) throw new AppError('invalid_cursor', 'Last-Event-ID must be the id of an event of a call’s stream.')
  return { ...place, after: Number(after) }
}

const isId = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number'

function parsed(text: string): Omit<CallPlace, 'after'> | null {
  try {
    const fields: unknown = JSON.parse(text)
    if (!Array.isArray(fields)) return null
    const [session, request, token]: unknown[] = fields
    if (typeof session !== 'string' || !sessionPattern.test(session) || !isId(request)) return null
    return { call: { session, request }, progressToken: isId(token) ? token : undefined }
  } catch {
    return null
  }
}
