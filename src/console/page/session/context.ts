import { createContext, useContext } from 'react'
import { may, type Session } from './session.ts'

export const SessionContext = createContext<Session | null>(null)

/** Within the shell there is always one. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('Nobody is signed in here.')
  return session
}

/** Whether whoever is signed in may do it. */
export const useMay = (scope: string): boolean => may(useSession(), scope)
