import { setImmediate as othersTurn } from 'node:timers/promises'
import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { Delivery } from './delivery.ts'
import { type ListedDelivery, seenBy, selectDeliveries } from './read-delivery.ts'
import { readWebhook } from './read-webhook.ts'

export interface DeliveryFilter {
  state?: Delivery['state'] | undefined
  event?: string | undefined
  runId?: string | undefined
  webhookId?: string | undefined
}

export interface FoundDeliveries {
  deliveries: ListedDelivery[]
  /** Id of the last one that was looked at; null where there is no more to look at. */
  lookedTo: string | null
}

type Needs = Pick<AppContext, 'database'>

/** Deliveries looked at in one statement, for which others have to wait on SQLite; and statements for one page. */
const look = 10_000
const looks = 10

/**
 * The newest first. Of some filters no index knows: then so many deliveries are looked at as take a moment, and a page
 * may be short although more follow.
 */
export async function listDeliveries(
  app: Needs,
  actor: Actor,
  filter: DeliveryFilter,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<FoundDeliveries> {
  const { known, rest } = await conditions(app, actor, filter)
  const { id } = app.database.tables.webhookDeliveries
  const below = (from: string | undefined) => (from === undefined ? undefined : lt(id, from))
  const newest = (where: (SQL | undefined)[], most: number) =>
    selectDeliveries(app.database, [known, rest, ...where], { order: desc(id), limit: most })
  if (!rest) return { deliveries: await newest([below(before)], limit), lookedTo: null }
  const deliveries: ListedDelivery[] = []
  let from = before
  for (let done = 0; done < looks; done++) {
    if (done > 0) await othersTurn()
    const to = await endOfLook(app, and(known, below(from)))
    const within = [below(from), to === undefined ? undefined : gte(id, to)]
    deliveries.push(...(await newest(within, limit - deliveries.length)))
    from = to
    if (deliveries.length >= limit || from === undefined) break
  }
  return { deliveries, lookedTo: from ?? null }
}

/** @throws AppError not_found */
export async function listDeliveriesOf(
  app: Needs,
  actor: Actor,
  webhookId: string,
  filter: Omit<DeliveryFilter, 'webhookId'>,
  at: { before: string | undefined; limit: number },
): Promise<FoundDeliveries> {
  await readWebhook(app.database, actor, webhookId)
  return listDeliveries(app, actor, { ...filter, webhookId }, at)
}

/** `known`: what an index leads to, in the order of ids; `rest`: what has to be looked for within that. */
async function conditions({ database }: Needs, actor: Actor, { state, event, runId, webhookId }: DeliveryFilter) {
  const { webhookDeliveries: table } = database.tables
  const ofState = state === undefined ? undefined : eq(table.state, state)
  const direct = runId === undefined && webhookId === undefined && state !== undefined && state !== 'delivered'
  const known = and(
    eq(table.tenantId, actor.tenantId),
    runId === undefined ? undefined : eq(table.runId, runId),
    webhookId === undefined ? undefined : eq(table.webhookId, webhookId),
    // A partial index is used where the statement itself says what the index is of.
    direct ? and(ofState, sql`${table.state} <> 'delivered'`) : undefined,
  )
  const rest = and(
    direct ? undefined : ofState,
    event === undefined ? undefined : eq(table.event, event),
    await seenBy(database, actor),
  )
  return { known, rest }
}

/** The last delivery of the look; undefined where it reaches the oldest. */
async function endOfLook({ database }: Needs, where: SQL | undefined): Promise<string | undefined> {
  const { id } = database.tables.webhookDeliveries
  const beyond = database.orm.select({ id }).from(database.tables.webhookDeliveries).where(where).orderBy(desc(id))
  const [row] = await beyond.offset(look - 1).limit(1)
  return row?.id
}
