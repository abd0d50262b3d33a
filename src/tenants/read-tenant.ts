import { asc, eq, gt } from 'drizzle-orm'
import type { Connection } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { defaultTenant, type Tenant } from './tenant.ts'

type Reading = Pick<Connection, 'orm' | 'tables'>

/** @throws AppError not_found, also for the tenant `default`, which has no settings of its own */
export async function readTenant({ orm, tables: { tenants } }: Reading, id: string): Promise<Tenant> {
  const [row] = await orm.select().from(tenants).where(eq(tenants.tenantId, id))
  if (!row) throw notFound('tenant', id)
  return toTenant(row)
}

/** By their ids. */
export async function listTenants(
  { orm, tables: { tenants } }: Reading,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<Tenant[]> {
  const rows = await orm
    .select()
    .from(tenants)
    .where(after === undefined ? undefined : gt(tenants.tenantId, after))
    .orderBy(asc(tenants.tenantId))
    .limit(limit)
  return rows.map(toTenant)
}

/** @throws AppError not_found where there is no such tenant, or it is archived */
export async function requireTenant(connection: Reading, id: string): Promise<void> {
  if (id === defaultTenant) return
  if ((await readTenant(connection, id)).archivedAt !== null) throw notFound('live tenant', id)
}

const toTenant = ({ tenantId, ...row }: Omit<Tenant, 'id'> & { tenantId: string }): Tenant => ({ id: tenantId, ...row })
