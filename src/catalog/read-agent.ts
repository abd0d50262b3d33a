import { and, desc, eq, inArray, isNull, lt } from 'drizzle-orm'
import type { AgentRecord } from '../agents/record.ts'
import type { Connection } from '../db/database.ts'
import type { Agent, AgentSource } from './agent-row.ts'

/** An agent of the database in its current version; null where there is none or it was deleted. */
export async function readAgent(connection: Connection, tenantId: string, name: string): Promise<Agent | null> {
  const [agent] = await selectAgents(connection, tenantId, { name, limit: 1 })
  return agent ?? null
}

/** As `readAgent`, and also one that a process with agent files has registered: this process has none of its code. */
export async function readRegisteredAgent(
  connection: Connection,
  tenantId: string,
  name: string,
): Promise<Agent | null> {
  const [agent] = await selectAgents(connection, tenantId, { name, limit: 1, sources: ['api', 'file'] })
  return agent ?? null
}

/** Agents by name; those made over the API, if nothing else is asked for. */
export async function selectAgents(
  { orm, tables: { agents, agentVersions } }: Connection,
  tenantId: string,
  { name, limit, sources = ['api'] }: { name?: string; limit: number; sources?: AgentSource[] },
): Promise<Agent[]> {
  const rows = await orm
    .select()
    .from(agents)
    .innerJoin(
      agentVersions,
      and(
        eq(agentVersions.tenantId, agents.tenantId),
        eq(agentVersions.name, agents.name),
        eq(agentVersions.version, agents.version),
      ),
    )
    .where(
      and(
        eq(agents.tenantId, tenantId),
        inArray(agents.source, sources),
        isNull(agents.archivedAt),
        name === undefined ? undefined : eq(agents.name, name),
      ),
    )
    .orderBy(agents.name)
    .limit(limit)
  return rows.map(row => ({
    name: row.agents.name,
    source: row.agents.source as AgentSource, // written by this module's own verbs only
    version: row.agents.version,
    record: row.agent_versions.definition as AgentRecord, // checked when it was written
    createdAt: row.agents.createdAt,
    updatedAt: row.agents.updatedAt,
  }))
}

export interface AgentVersion {
  version: number
  record: AgentRecord
  digest: string
  createdAt: number
}

export async function readAgentVersion(
  { orm, tables: { agentVersions } }: Connection,
  tenantId: string,
  name: string,
  version: number,
): Promise<AgentVersion | null> {
  const [row] = await orm
    .select()
    .from(agentVersions)
    .where(and(eq(agentVersions.tenantId, tenantId), eq(agentVersions.name, name), eq(agentVersions.version, version)))
  return row ? toVersion(row) : null
}

/** The newest first. */
export async function selectVersions(
  { orm, tables: { agentVersions } }: Connection,
  tenantId: string,
  name: string,
  page: { before?: number | undefined; limit: number },
): Promise<AgentVersion[]> {
  const rows = await orm
    .select()
    .from(agentVersions)
    .where(
      and(
        eq(agentVersions.tenantId, tenantId),
        eq(agentVersions.name, name),
        page.before === undefined ? undefined : lt(agentVersions.version, page.before),
      ),
    )
    .orderBy(desc(agentVersions.version))
    .limit(page.limit)
  return rows.map(toVersion)
}

const toVersion = (row: { version: number; definition: unknown; digest: string; createdAt: number }): AgentVersion => ({
  version: row.version,
  record: row.definition as AgentRecord, // checked when it was written
  digest: row.digest,
  createdAt: row.createdAt,
})
