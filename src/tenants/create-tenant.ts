import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { databaseFailure } from '../db/failure.ts'
import { AppError } from '../errors.ts'
import { insertKey, type NewKey, tellCreated } from '../keys/create-key.ts'
import { defaultTenant, type Tenant } from './tenant.ts'

export interface TenantInput {
  id: string
  name: string
  /** Requests a minute of all its keys together; null: as many as they like. */
  rateLimit: number | null
}

/** Makes a tenant and its first admin key, with which it makes the others. @throws AppError conflict */
export async function createTenant(
  app: Pick<AppContext, 'clock' | 'database' | 'emit'>,
  actor: Actor,
  { id, name, rateLimit }: TenantInput,
): Promise<{ tenant: Tenant; admin: NewKey }> {
  if (id === defaultTenant) throw taken(id)
  const now = app.clock.now()
  const tenant: Tenant = { id, name, rateLimit, createdAt: now, archivedAt: null }
  try {
    const admin = await app.database.transaction(async tx => {
      const { id: tenantId, ...row } = tenant
      await tx.orm.insert(tx.tables.tenants).values({ tenantId, ...row })
      const details = { name, rate_limit: rateLimit }
      await audit(tx, actor, { action: 'tenant.created', target: { type: 'tenant', id }, details }, now)
      const key = { name: 'first key', scopes: ['admin' as const], expiresAt: null }
      return insertKey(tx, { ...actor, tenantId: id }, key, now)
    })
    app.emit('audit.recorded', { action: 'tenant.created' })
    tellCreated(app, admin)
    return { tenant, admin }
  } catch (error) {
    if (databaseFailure(error) === 'unique') throw taken(id)
    throw error
  }
}

const taken = (id: string) => new AppError('conflict', `There is a tenant called ${id} already.`)
