import { and, desc, eq } from 'drizzle-orm'
import { type AgentRecord, agentDigest } from '../agents/record.ts'
import type { AuditAction } from '../audit/action.ts'
import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { databaseFailure } from '../db/failure.ts'
import { lockNames } from '../db/lock-names.ts'
import { AppError, notFound } from '../errors.ts'
import type { Agent } from './agent-row.ts'
import { readAgent, readAgentVersion } from './read-agent.ts'
import { mayUse, requireUsable } from './usable-agent.ts'

type Needs = Pick<AppContext, 'catalog' | 'clock' | 'database' | 'emit'>

/** Makes an agent, as version 1, or as its next version where one of that name was deleted. @throws AppError conflict, forbidden */
export async function createAgent(app: Needs, actor: Actor, record: AgentRecord): Promise<Agent> {
  if (!mayUse(actor, record.name)) throw new AppError('forbidden', `The key is not for an agent called ${record.name}.`)
  if (app.catalog.isFromCode(record.name)) throw taken(record.name)
  try {
    const made = await app.database.transaction(async tx => {
      await lockAgent(tx, actor, record.name)
      if (await readAgent(tx, actor.tenantId, record.name)) throw taken(record.name)
      const agent = await addVersion(tx, actor, record, app.clock.now())
      await put(tx, actor, 'agent.saved', agent)
      return agent
    })
    app.emit('audit.recorded', { action: 'agent.saved' })
    return made
  } catch (error) {
    if (databaseFailure(error) === 'unique') throw taken(record.name)
    throw error
  }
}

/** Adds a version that differs from the current one by `change`. @throws AppError not_found, conflict */
export function updateAgent(app: Needs, actor: Actor, name: string, change: Partial<AgentRecord>): Promise<Agent> {
  return changeAgent(app, actor, { name, action: 'agent.saved' }, (tx, current) =>
    addVersion(tx, actor, { ...current.record, ...change }, app.clock.now()),
  )
}

/** Lets new runs take an earlier version. @throws AppError not_found, conflict */
export function rollBackAgent(app: Needs, actor: Actor, name: string, version: number): Promise<Agent> {
  return changeAgent(app, actor, { name, action: 'agent.rolled_back' }, async (tx, current) => {
    const earlier = await readAgentVersion(tx, actor.tenantId, name, version)
    if (!earlier) throw notFound(`version of agent ${name}`, String(version))
    const now = app.clock.now()
    await setCurrent(tx, actor, name, { version, updatedAt: now, archivedAt: null })
    return { ...current, version, record: earlier.record, updatedAt: now }
  })
}

/** Hides an agent: no new runs. Runs that have begun go on. @throws AppError not_found, conflict */
export async function deleteAgent(app: Needs, actor: Actor, name: string): Promise<void> {
  await changeAgent(app, actor, { name, action: 'agent.archived' }, async (tx, current) => {
    const now = app.clock.now()
    await setCurrent(tx, actor, name, { version: current.version, updatedAt: now, archivedAt: now })
    return { ...current, updatedAt: now }
  })
}

async function changeAgent(
  app: Needs,
  actor: Actor,
  { name, action }: { name: string; action: AuditAction },
  work: (tx: Transaction, current: Agent) => Promise<Agent>,
): Promise<Agent> {
  requireUsable(actor, name)
  if (app.catalog.isFromCode(name)) {
    throw new AppError('conflict', `Agent ${name} is defined in code and cannot be changed over the API.`)
  }
  const changed = await app.database.transaction(async tx => {
    await lockAgent(tx, actor, name)
    const current = await readAgent(tx, actor.tenantId, name)
    if (!current) throw notFound('agent', name)
    const after = await work(tx, current)
    await put(tx, actor, action, after)
    return after
  })
  app.emit('audit.recorded', { action })
  return changed
}

/** Of a definition, the version tells: its words may hold what nobody is to read in a log. */
const put = (tx: Transaction, actor: Actor, action: AuditAction, { name, version, record, updatedAt }: Agent) =>
  audit(
    tx,
    actor,
    { action, target: { type: 'agent', id: name }, details: { version, model: record.model } },
    updatedAt,
  )

/** Changes of one agent take turns: each makes its version of the one before. */
const lockAgent = (tx: Transaction, { tenantId }: Actor, name: string) => lockNames(tx, [`agent ${tenantId} ${name}`])

async function addVersion(tx: Transaction, actor: Actor, record: AgentRecord, now: number): Promise<Agent> {
  const { orm } = tx
  const { agents, agentVersions } = tx.tables
  const { tenantId } = actor
  const { name } = record
  const [last] = await orm
    .select({ version: agentVersions.version, createdAt: agentVersions.createdAt })
    .from(agentVersions)
    .where(and(eq(agentVersions.tenantId, tenantId), eq(agentVersions.name, name)))
    .orderBy(desc(agentVersions.version))
    .limit(1)
  const version = (last?.version ?? 0) + 1
  await orm
    .insert(agentVersions)
    .values({ tenantId, name, version, digest: agentDigest(record), definition: record, createdAt: now })
    .returning({ version: agentVersions.version })
  const row = { tenantId, name, source: 'api', version, createdAt: now, updatedAt: now, archivedAt: null }
  if (last) await setCurrent(tx, actor, name, row)
  else await orm.insert(agents).values(row).returning({ name: agents.name })
  const [stored] = await orm
    .select({ createdAt: agents.createdAt })
    .from(agents)
    .where(and(eq(agents.tenantId, tenantId), eq(agents.name, name)))
  return { name, source: 'api', version, record, createdAt: stored?.createdAt ?? now, updatedAt: now }
}

async function setCurrent(
  { orm, tables: { agents } }: Transaction,
  { tenantId }: Actor,
  name: string,
  { version, updatedAt, archivedAt }: { version: number; updatedAt: number; archivedAt: number | null },
): Promise<void> {
  await orm
    .update(agents)
    .set({ source: 'api', version, updatedAt, archivedAt })
    .where(and(eq(agents.tenantId, tenantId), eq(agents.name, name)))
    .returning({ name: agents.name })
}

const taken = (name: string) => new AppError('conflict', `There is an agent called ${name} already.`)
