import { and, asc, count, desc, eq, inArray, lt, notInArray } from 'drizzle-orm'
import { mayUse } from '../catalog/usable-agent.ts'
import type { Actor, AppContext } from '../context.ts'
import type { Connection } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { type Approval, type ApprovalState, toApproval } from './approval.ts'

type Reading = Pick<Connection, 'orm' | 'tables'>

export interface ApprovalFilter {
  state?: ApprovalState | undefined
  /** Without: what a person is to decide. */
  kind?: Approval['kind'] | undefined
  agent?: string | undefined
  runId?: string | undefined
  threadId?: string | undefined
}

/** @throws AppError not_found, also for one of another tenant, or of an agent that the key is not for */
export async function getApproval(connection: Reading, actor: Actor, id: string): Promise<Approval> {
  const { approvals } = connection.tables
  const [row] = await connection.orm.select().from(approvals).where(eq(approvals.id, id))
  if (row?.tenantId !== actor.tenantId || !mayUse(actor, row.agent)) throw notFound('approval', id)
  return toApproval(row)
}

/** The newest first. */
export async function listApprovals(
  { database }: Pick<AppContext, 'database'>,
  actor: Actor,
  filter: ApprovalFilter,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<Approval[]> {
  const { approvals } = database.tables
  const rows = await database.orm
    .select()
    .from(approvals)
    .where(and(matching(database, actor, filter), after === undefined ? undefined : lt(approvals.id, after)))
    .orderBy(desc(approvals.id))
    .limit(limit)
  return rows.map(toApproval)
}

export async function countApprovals(
  { database }: Pick<AppContext, 'database'>,
  actor: Actor,
  filter: ApprovalFilter,
): Promise<number> {
  const { approvals } = database.tables
  const [row] = await database.orm
    .select({ found: count() })
    .from(approvals)
    .where(matching(database, actor, filter))
  return row?.found ?? 0
}

/** In the order in which the model asked. */
export async function pendingApprovals({ orm, tables: { approvals } }: Reading, runId: string): Promise<Approval[]> {
  const rows = await orm
    .select()
    .from(approvals)
    .where(and(eq(approvals.runId, runId), eq(approvals.state, 'pending')))
    .orderBy(asc(approvals.step))
  return rows.map(toApproval)
}

function matching({ tables: { approvals } }: Pick<Connection, 'tables'>, actor: Actor, filter: ApprovalFilter) {
  const { state, kind, agent, runId, threadId } = filter
  return and(
    eq(approvals.tenantId, actor.tenantId),
    actor.agents && inArray(approvals.agent, [...actor.agents]),
    state === undefined ? undefined : eq(approvals.state, state),
    kind === undefined ? notInArray(approvals.kind, ['client_tool', 'child_run']) : eq(approvals.kind, kind),
    agent === undefined ? undefined : eq(approvals.agent, agent),
    runId === undefined ? undefined : eq(approvals.runId, runId),
    threadId === undefined ? undefined : eq(approvals.threadId, threadId),
  )
}
