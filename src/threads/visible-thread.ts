import { and, eq, exists, not, notInArray, type SQL } from 'drizzle-orm'
import type { Actor } from '../context.ts'
import type { Connection } from '../db/database.ts'

/**
 * Threads that whoever asks may see: of its tenant; with a key for some agents, those on which no other agent has run. One
 * without any run is of no agent yet.
 */
export function ofActor(
  { orm, tables: { threads, runs } }: Pick<Connection, 'orm' | 'tables'>,
  { tenantId, agents }: Pick<Actor, 'tenantId' | 'agents'>,
): SQL | undefined {
  const mine = eq(threads.tenantId, tenantId)
  if (!agents) return mine
  const others = orm
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.threadId, threads.id), notInArray(runs.agent, [...agents])))
  return and(mine, not(exists(others)))
}
