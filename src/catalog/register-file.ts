import { and, eq } from 'drizzle-orm'
import type { AgentRecord } from '../agents/record.ts'
import type { Connection, Database, Transaction } from '../db/database.ts'
import { databaseFailure } from '../db/failure.ts'
import type { Agent } from './agent-row.ts'
import { type AgentVersion, selectVersions } from './read-agent.ts'

/** Agent files belong to the installation, not to one of its tenants. */
const tenantId = 'default'
const tries = 5

/** Stores a file's agent as a new version, unless the last one is the same. Processes that start together agree. */
export async function registerAgentFile(
  database: Database,
  record: AgentRecord,
  digest: string,
  now: number,
): Promise<Agent> {
  for (let attempt = 1; ; attempt++) {
    const latest = await latestVersion(database, record.name)
    if (latest?.digest === digest) return toAgent(record, latest)
    try {
      return await database.transaction(tx => storeVersion(tx, record, digest, now, latest))
    } catch (error) {
      // Another process has just stored this version.
      if (databaseFailure(error) !== 'unique' || attempt === tries) throw error
    }
  }
}

async function latestVersion(connection: Connection, name: string): Promise<AgentVersion | null> {
  const [latest] = await selectVersions(connection, tenantId, name, { limit: 1 })
  return latest ?? null
}

async function storeVersion(
  { orm, tables: { agents, agentVersions } }: Transaction,
  record: AgentRecord,
  digest: string,
  now: number,
  latest: AgentVersion | null,
): Promise<Agent> {
  const version = { version: (latest?.version ?? 0) + 1, record, digest, createdAt: now }
  const { name } = record
  await orm
    .insert(agentVersions)
    .values({ tenantId, name, version: version.version, digest, definition: record, createdAt: now })
    .returning()
  if (latest) {
    await orm
      .update(agents)
      .set({ source: 'file', version: version.version, updatedAt: now, archivedAt: null })
      .where(and(eq(agents.tenantId, tenantId), eq(agents.name, name)))
      .returning()
  } else {
    await orm
      .insert(agents)
      .values({ tenantId, name, source: 'file', version: version.version, createdAt: now, updatedAt: now })
      .returning()
  }
  return toAgent(record, version)
}

const toAgent = (record: AgentRecord, { version, createdAt }: AgentVersion): Agent => ({
  name: record.name,
  source: 'file',
  version,
  record,
  createdAt,
  updatedAt: createdAt,
})
