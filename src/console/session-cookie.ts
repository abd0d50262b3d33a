import { sessionSeconds } from './session-book.ts'

const name = 'bunkhouse_session'

/** What a browser has that has signed in; null: it has not. */
export function sessionIn({ headers }: Request): string | null {
  const cookies = headers.get('cookie')
  return cookies === null
    ? null
    : (/(?:^|;\s*)bunkhouse_session=(bhs_[A-Za-z0-9]{43})(?:;|$)/.exec(cookies)?.[1] ?? null)
}

/** No script reads it, and no other site has it sent. */
export const sessionCookie = (token: string, isSecure: boolean): string =>
  `${name}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionSeconds}${isSecure ? '; Secure' : ''}`

export const endedCookie = `${name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`
