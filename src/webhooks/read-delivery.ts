import { and, eq, inArray, isNull, or, type SQL } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { Connection } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { type Delivery, toDelivery } from './delivery.ts'
import { allWebhooks } from './read-webhook.ts'

export interface ListedDelivery {
  delivery: Delivery
  /** When its job is due; null where it has none. */
  nextAttemptAt: number | null
}

/** @throws AppError not_found, also for one of another tenant, or of agents that the key is not for */
export async function readDelivery(
  { database }: Pick<AppContext, 'database'>,
  actor: Actor,
  id: string,
): Promise<ListedDelivery> {
  const [found] = await selectDeliveries(database, [
    eq(database.tables.webhookDeliveries.id, id),
    eq(database.tables.webhookDeliveries.tenantId, actor.tenantId),
    await seenBy(database, actor),
  ])
  if (!found) throw notFound('delivery', id)
  return found
}

/** As they are in the table, with when they are tried next. */
export async function selectDeliveries(
  { orm, tables: { webhookDeliveries, jobs } }: Pick<Connection, 'orm' | 'tables'>,
  where: (SQL | undefined)[],
  { order, limit = 1 }: { order?: SQL; limit?: number } = {},
): Promise<ListedDelivery[]> {
  const rows = await orm
    .select({ delivery: webhookDeliveries, nextAttemptAt: jobs.runAt })
    .from(webhookDeliveries)
    .leftJoin(jobs, eq(jobs.id, webhookDeliveries.jobId))
    .where(and(...where))
    .orderBy(...(order ? [order] : []))
    .limit(limit)
  return rows.map(({ delivery, nextAttemptAt }) => ({ delivery: toDelivery(delivery), nextAttemptAt }))
}

/** What a key for some agents sees: what went to webhooks for these alone, and what runs of these told by themselves. */
export async function seenBy(connection: Pick<Connection, 'orm' | 'tables'>, actor: Actor): Promise<SQL | undefined> {
  if (!actor.agents) return undefined
  const { orm, tables } = connection
  const { webhookDeliveries, runs } = tables
  const own = (await allWebhooks(connection, actor)).map(({ id }) => id)
  const runIds = orm
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.id, webhookDeliveries.runId), inArray(runs.agent, [...actor.agents])))
  return or(
    inArray(webhookDeliveries.webhookId, own),
    and(isNull(webhookDeliveries.webhookId), inArray(webhookDeliveries.runId, runIds)),
  )
}
