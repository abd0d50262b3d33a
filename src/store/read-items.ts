import { and, asc, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { Connection } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { type StoreItem, toItem } from './item.ts'

type Needs = Pick<AppContext, 'clock' | 'database'>
type Tenant = Pick<Actor, 'tenantId'>

/** @throws AppError not_found, also where its time is over */
export async function getItem(
  { clock, database }: Needs,
  { tenantId }: Tenant,
  { namespace, key }: Pick<StoreItem, 'namespace' | 'key'>,
): Promise<StoreItem> {
  const { storeItems } = database.tables
  const [row] = await database.orm
    .select()
    .from(storeItems)
    .where(
      and(
        eq(storeItems.tenantId, tenantId),
        eq(storeItems.namespace, namespace),
        eq(storeItems.key, key),
        isKept(database, clock.now()),
      ),
    )
  if (!row) throw notFound('item', key)
  return toItem(row)
}

/** Those of a namespace and of all below it, in the order of their namespaces and keys. */
export async function listItems(
  { clock, database }: Needs,
  { tenantId }: Tenant,
  {
    namespace,
    after,
    limit,
  }: { namespace?: string | undefined; after?: { namespace: string; key: string } | undefined; limit: number },
): Promise<StoreItem[]> {
  const { storeItems } = database.tables
  const later =
    after &&
    or(
      gt(storeItems.namespace, after.namespace),
      and(eq(storeItems.namespace, after.namespace), gt(storeItems.key, after.key)),
    )
  const rows = await database.orm
    .select()
    .from(storeItems)
    .where(and(eq(storeItems.tenantId, tenantId), isWithin(database, namespace), isKept(database, clock.now()), later))
    .orderBy(asc(storeItems.namespace), asc(storeItems.key))
    .limit(limit)
  return rows.map(toItem)
}

/** Names of namespaces that hold something, in order. */
export async function listNamespaces(
  { clock, database }: Needs,
  { tenantId }: Tenant,
  { within, after, limit }: { within?: string | undefined; after?: string | undefined; limit: number },
): Promise<string[]> {
  const { storeItems } = database.tables
  const rows = await database.orm
    .selectDistinct({ namespace: storeItems.namespace })
    .from(storeItems)
    .where(
      and(
        eq(storeItems.tenantId, tenantId),
        isWithin(database, within),
        isKept(database, clock.now()),
        after === undefined ? undefined : gt(storeItems.namespace, after),
      ),
    )
    .orderBy(asc(storeItems.namespace))
    .limit(limit)
  return rows.map(({ namespace }) => namespace)
}

/** @throws AppError not_found */
export async function deleteItem(
  { clock, database }: Needs,
  { tenantId }: Tenant,
  { namespace, key }: Pick<StoreItem, 'namespace' | 'key'>,
): Promise<void> {
  const { storeItems } = database.tables
  const one = and(eq(storeItems.tenantId, tenantId), eq(storeItems.namespace, namespace), eq(storeItems.key, key))
  const gone = await database.transaction(({ orm }) =>
    orm.delete(storeItems).where(one).returning({ expiresAt: storeItems.expiresAt }),
  )
  if (!gone.some(({ expiresAt }) => expiresAt === null || expiresAt > clock.now())) throw notFound('item', key)
}

function isKept({ tables: { storeItems } }: Pick<Connection, 'tables'>, now: number): SQL | undefined {
  return or(isNull(storeItems.expiresAt), gt(storeItems.expiresAt, now))
}

function isWithin({ tables: { storeItems } }: Pick<Connection, 'tables'>, namespace: string | undefined) {
  if (namespace === undefined) return undefined
  const below = `${namespace}/`
  return or(
    eq(storeItems.namespace, namespace),
    sql`substr(${storeItems.namespace}, 1, ${sql.raw(String(below.length))}) = ${below}`,
  )
}
