import { eq } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { Actor } from '../context.ts'
import { lockNames } from '../db/lock-names.ts'
import type { KeyContext } from '../keys/grant.ts'
import { pauseAllSchedules } from '../schedules/pause-all.ts'
import { readTenant } from './read-tenant.ts'
import type { Tenant } from './tenant.ts'

/** What is left out stays. */
export interface TenantChange {
  name?: string | undefined
  rateLimit?: number | null | undefined
  archived?: boolean | undefined
}

/**
 * Changes a tenant. Archiving it has its keys refused, here at once and on other processes within seconds, and pauses its
 * schedules; its runs that have been made go on, and all that it has stays. Taking that back leaves its schedules paused.
 * @throws AppError not_found
 */
export async function changeTenant(app: KeyContext, actor: Actor, id: string, change: TenantChange): Promise<Tenant> {
  const now = app.clock.now()
  const { tenant, action } = await app.database.transaction(async tx => {
    await lockNames(tx, [`tenant ${id}`])
    const before = await readTenant(tx, id)
    const { archived = before.archivedAt !== null } = change
    const after: Tenant = {
      ...before,
      name: change.name ?? before.name,
      rateLimit: change.rateLimit === undefined ? before.rateLimit : change.rateLimit,
      archivedAt: archived ? (before.archivedAt ?? now) : null,
    }
    const { id: tenantId, ...row } = after
    await tx.orm.update(tx.tables.tenants).set(row).where(eq(tx.tables.tenants.tenantId, tenantId))
    const isArchiving = archived && before.archivedAt === null
    if (isArchiving) await pauseAllSchedules(tx, id, now)
    const done = isArchiving ? ('tenant.archived' as const) : ('tenant.changed' as const)
    const details = { name: after.name, rate_limit: after.rateLimit, archived }
    await audit(tx, actor, { action: done, target: { type: 'tenant', id }, details }, now)
    return { tenant: after, action: done }
  })
  app.forgetKeys({ tenantId: id })
  app.emit('audit.recorded', { action })
  return tenant
}
