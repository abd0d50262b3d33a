import { and, asc, eq, gt } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { Connection } from '../db/database.ts'
import { AppError, notFound } from '../errors.ts'
import { toWebhook, type Webhook } from './webhook.ts'

/** What one tenant may have: every change of its runs is held against each. */
export const webhooksAtMost = 100

/** All that whoever asks may see, by age. */
export async function allWebhooks(
  { orm, tables: { webhooks } }: Pick<Connection, 'orm' | 'tables'>,
  actor: Actor,
): Promise<Webhook[]> {
  const rows = await orm.select().from(webhooks).where(eq(webhooks.tenantId, actor.tenantId)).orderBy(asc(webhooks.id))
  return rows.map(toWebhook).filter(webhook => isSeenBy(actor, webhook))
}

/** By age; those after an id. */
export async function listWebhooks(
  { database: { orm, tables } }: Pick<AppContext, 'database'>,
  actor: Actor,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Webhook[]> {
  const { webhooks } = tables
  const rows = await orm
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.tenantId, actor.tenantId), after === undefined ? undefined : gt(webhooks.id, after)))
    .orderBy(asc(webhooks.id))
    // Which a key for some agents sees, the database does not know.
    .limit(webhooksAtMost)
  return rows
    .map(toWebhook)
    .filter(webhook => isSeenBy(actor, webhook))
    .slice(0, limit)
}

/** @throws AppError not_found, also for one of another tenant, or of agents that the key is not for */
export async function readWebhook(
  { orm, tables: { webhooks } }: Pick<Connection, 'orm' | 'tables'>,
  actor: Actor,
  id: string,
): Promise<Webhook> {
  const [row] = await orm
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.id, id), eq(webhooks.tenantId, actor.tenantId)))
  const webhook = row && toWebhook(row)
  if (!webhook || !isSeenBy(actor, webhook)) throw notFound('webhook', id)
  return webhook
}

/** A key for some agents sees webhooks for these agents only. */
const isSeenBy = ({ agents: own }: Actor, { agents }: Webhook): boolean =>
  !own || (agents?.every(agent => own.has(agent)) ?? false)

/** @throws AppError forbidden where it would hear of agents that whoever asks may not use */
export function requireWithin({ agents: own }: Actor, agents: string[] | null): void {
  if (!own || agents?.every(agent => own.has(agent))) return
  throw new AppError(
    'forbidden',
    `The key is for the agents ${[...own].join(', ')}: a webhook of its own can hear of no others.`,
  )
}
