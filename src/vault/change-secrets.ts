import { and, asc, eq, gt } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { namedSecretContext } from './open-secrets.ts'

/** A secret as it is shown: never what it is. Times are milliseconds since 1970. */
export interface NamedSecret {
  name: string
  createdAt: number
  updatedAt: number
}

type Needs = Pick<AppContext, 'clock' | 'database' | 'emit' | 'sealer'>

/** Keeps a secret under a name, in place of the one before. @throws AppError unavailable in production without a key */
export async function putSecret(app: Needs, actor: Actor, name: string, value: string): Promise<NamedSecret> {
  const { tenantId } = actor
  const sealed = await app.sealer.seal(value, namedSecretContext(tenantId, name))
  const now = app.clock.now()
  const [row] = await app.database.transaction(async tx => {
    const { secrets } = tx.tables
    await audit(tx, actor, { action: 'secret.put', target: { type: 'secret', id: name } }, now)
    return tx.orm
      .insert(secrets)
      .values({ tenantId, name, value: sealed, createdAt: now, updatedAt: now })
      .onConflictDoUpdate({ target: [secrets.tenantId, secrets.name], set: { value: sealed, updatedAt: now } })
      .returning({ name: secrets.name, createdAt: secrets.createdAt, updatedAt: secrets.updatedAt })
  })
  app.emit('audit.recorded', { action: 'secret.put' })
  if (!row) throw new Error('A secret was not written.')
  return row
}

/** By their names. */
export async function listSecrets(
  { database }: Pick<AppContext, 'database'>,
  { tenantId }: Actor,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<NamedSecret[]> {
  const { secrets } = database.tables
  return database.orm
    .select({ name: secrets.name, createdAt: secrets.createdAt, updatedAt: secrets.updatedAt })
    .from(secrets)
    .where(and(eq(secrets.tenantId, tenantId), after === undefined ? undefined : gt(secrets.name, after)))
    .orderBy(asc(secrets.name))
    .limit(limit)
}

/** @throws AppError not_found */
export async function deleteSecret(app: Omit<Needs, 'sealer'>, actor: Actor, name: string): Promise<void> {
  await app.database.transaction(async tx => {
    const { secrets } = tx.tables
    const mine = and(eq(secrets.tenantId, actor.tenantId), eq(secrets.name, name))
    const rows = await tx.orm.delete(secrets).where(mine).returning({ name: secrets.name })
    if (rows.length === 0) throw notFound('secret', name)
    await audit(tx, actor, { action: 'secret.deleted', target: { type: 'secret', id: name } }, app.clock.now())
  })
  app.emit('audit.recorded', { action: 'secret.deleted' })
}
