import { and, asc, desc, eq, gt, gte, inArray, lt } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { toRun } from './read-run.ts'
import type { Run, RunStatus } from './run.ts'

export interface RunFilter {
  status?: RunStatus[] | undefined
  agent?: string | undefined
  threadId?: string | undefined
  /** Milliseconds since 1970. */
  createdAfter?: number | undefined
  createdBefore?: number | undefined
}

export interface RunPage {
  order: 'asc' | 'desc'
  /** Id of the last run of the page before. */
  after?: string | undefined
  limit: number
}

/** Runs in the order of their making. */
export async function listRuns(
  { database }: Pick<AppContext, 'database'>,
  actor: Actor,
  filter: RunFilter,
  page: RunPage,
): Promise<Run[]> {
  const { runs } = database.tables
  const { after, order, limit } = page
  const rows = await database.orm
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.tenantId, actor.tenantId),
        actor.agents && inArray(runs.agent, [...actor.agents]),
        filter.status && inArray(runs.status, filter.status),
        filter.agent === undefined ? undefined : eq(runs.agent, filter.agent),
        filter.threadId === undefined ? undefined : eq(runs.threadId, filter.threadId),
        filter.createdAfter === undefined ? undefined : gte(runs.createdAt, filter.createdAfter),
        filter.createdBefore === undefined ? undefined : lt(runs.createdAt, filter.createdBefore),
        after === undefined ? undefined : order === 'asc' ? gt(runs.id, after) : lt(runs.id, after),
      ),
    )
    .orderBy(order === 'asc' ? asc(runs.id) : desc(runs.id))
    .limit(limit)
  return rows.map(toRun)
}
