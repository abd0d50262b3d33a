import type { Actor } from '../context.ts'
import { notFound } from '../errors.ts'

/** Whether whoever asks may use an agent of that name, if there is one. */
export const mayUse = ({ agents }: Pick<Actor, 'agents'>, name: string): boolean => !agents || agents.has(name)

/** @throws AppError not_found: whose key is for other agents does not learn that there is one */
export function requireUsable(actor: Pick<Actor, 'agents'>, name: string): void {
  if (!mayUse(actor, name)) throw notFound('agent', name)
}
