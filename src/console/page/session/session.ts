import { ApiError, sendForJson } from '../api/call.ts'

/** Who is signed in. */
export interface Session {
  key_id: string
  key_name: string
  tenant_id: string
  scopes: string[]
  agents: string[] | null
  version: string
}

/** Null: nobody. @throws ApiError where the service cannot say */
export async function readSession(): Promise<Session | null> {
  try {
    return (await sendForJson('/console/session')) as Session // as the service of the same build tells it
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

/** @throws ApiError */
export async function signIn(by: { key: string } | { setup: string }): Promise<Session> {
  const session = await sendForJson('/console/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(by),
  })
  return session as Session // as above
}

export const signOut = (): Promise<unknown> => sendForJson('/console/session', { method: 'DELETE' })

export const may = ({ scopes }: Session, scope: string): boolean => scopes.includes('admin') || scopes.includes(scope)

/** A link of the service's first start signs in, once; it is not left in the address. */
export function takeSetup(): string | null {
  const [, setup = null] = /^#setup=(\w+)$/.exec(location.hash) ?? []
  if (setup !== null) history.replaceState(null, '', '/console')
  return setup
}
