import { AppError } from '../errors.ts'
import { type Caller, toCaller } from '../http/auth.ts'
import type { SessionBook } from './session-book.ts'
import { sessionIn } from './session-cookie.ts'

/** A page of another site cannot set a header of its own without being asked about, and is never allowed to. */
const ownHeader = 'x-bunkhouse-console'
const reading = new Set(['GET', 'HEAD'])

/** Whose browser asks, by its session; null: it sends a key, or none of both. @throws AppError forbidden */
export function sessionCaller(sessions: SessionBook, request: Request): Caller | Promise<Caller> | null {
  const { headers, method } = request
  if (headers.has('authorization') || headers.has('x-api-key')) return null
  const token = sessionIn(request)
  if (token === null) return null
  requireOwnPage(request)
  if (!reading.has(method) && !headers.has(ownHeader))
    throw new AppError('forbidden', `Whoever changes something by a session sends the header ${ownHeader}.`)
  const found = sessions.find(token)
  return found instanceof Promise ? found.then(key => toCaller(key, sessionEnded)) : toCaller(found, sessionEnded)
}

export const sessionEnded = 'The session has ended. Sign in again.'

/** @throws AppError forbidden for what another site has asked for */
export function requireOwnPage({ headers }: Request): void {
  const site = headers.get('sec-fetch-site')
  if (site === null || site === 'same-origin' || site === 'none') return
  throw new AppError('forbidden', 'Another site has asked for this.')
}
