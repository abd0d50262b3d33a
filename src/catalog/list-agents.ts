import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import type { Agent } from './agent-row.ts'
import { type AgentVersion, selectAgents, selectVersions } from './read-agent.ts'
import { mayUse, requireUsable } from './usable-agent.ts'

type Needs = Pick<AppContext, 'catalog' | 'clock' | 'database'>

/** More agents than anybody makes by hand. */
const agentsAtMost = 10_000

/** All agents, of code and made over the API, after a name, by name. */
export async function listAgents(
  app: Needs,
  actor: Actor,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<Agent[]> {
  const made = await selectAgents(app.database, actor.tenantId, { limit: agentsAtMost })
  const code = app.catalog.fromCode()
  return [...code, ...made.filter(agent => !app.catalog.isFromCode(agent.name))]
    .filter(({ name }) => mayUse(actor, name) && (after === undefined || name > after))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, limit)
}

/** @throws AppError not_found */
export async function getAgent(app: Needs, actor: Actor, name: string): Promise<Agent> {
  requireUsable(actor, name)
  const agent = await app.catalog.current(actor.tenantId, name)
  if (!agent) throw notFound('agent', name)
  return agent
}

/** The newest first. @throws AppError not_found */
export async function listVersions(
  app: Needs,
  actor: Actor,
  name: string,
  page: { before?: number | undefined; limit: number },
): Promise<AgentVersion[]> {
  const agent = await getAgent(app, actor, name)
  // A built-in agent is of the program and in no table; of one from a file, other tenants see what they can use.
  const isOthers = agent.source === 'builtin' || (agent.source === 'file' && actor.tenantId !== 'default')
  if (!isOthers) return selectVersions(app.database, actor.tenantId, name, page)
  if (page.before !== undefined && page.before <= agent.version) return []
  return [{ version: agent.version, record: agent.record, digest: '', createdAt: agent.createdAt }]
}
