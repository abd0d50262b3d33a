import { and, eq } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { Actor } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { lockNames } from '../db/lock-names.ts'
import { AppError, notFound } from '../errors.ts'
import type { ApiKey } from './api-key.ts'
import { covers, type KeyContext, readGrant, requireWithin } from './grant.ts'
import { readKey } from './list-keys.ts'

/** What is left out stays. */
export type KeyChange = { [F in 'name' | 'agents' | 'rateLimit' | 'expiresAt']?: ApiKey[F] | undefined }

/**
 * Changes a key that has not been revoked. This process heeds it at once, others within seconds.
 * @throws AppError not_found; forbidden where it has, or would have, more than whoever asks
 */
export async function changeKey(app: KeyContext, actor: Actor, id: string, change: KeyChange): Promise<ApiKey> {
  const now = app.clock.now()
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const changed = await app.database.transaction(async tx => {
    const { key, grant } = await lockKey(tx, actor, id, now)
    const after: ApiKey = { ...key, ...given }
    requireWithin(grant, after)
    const { name, agents, rateLimit, expiresAt } = after
    const { apiKeys } = tx.tables
    await tx.orm
      .update(apiKeys)
      .set({ name, agents, rateLimit, expiresAt })
      .where(and(eq(apiKeys.id, id), eq(apiKeys.tenantId, actor.tenantId)))
    const details = { ...(change.name !== undefined && { name }), ...(change.agents !== undefined && { agents }) }
    const limits = {
      ...(change.rateLimit !== undefined && { rate_limit: rateLimit }),
      ...(change.expiresAt !== undefined && {
        expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
      }),
    }
    await audit(
      tx,
      actor,
      { action: 'key.changed', target: { type: 'key', id }, details: { ...details, ...limits } },
      now,
    )
    return after
  })
  app.forgetKeys({ keyId: id })
  app.emit('audit.recorded', { action: 'key.changed' })
  return changed
}

/**
 * Ends a key: here at once, on other processes within seconds.
 * @throws AppError not_found, also where it is revoked already; forbidden where it has more than whoever asks
 */
export async function revokeKey(app: KeyContext, actor: Actor, id: string): Promise<void> {
  const now = app.clock.now()
  await app.database.transaction(async tx => {
    const { key } = await lockKey(tx, actor, id, now)
    const { apiKeys } = tx.tables
    await tx.orm
      .update(apiKeys)
      .set({ revokedAt: now })
      .where(and(eq(apiKeys.id, id), eq(apiKeys.tenantId, actor.tenantId)))
    const details = { name: key.name }
    await audit(tx, actor, { action: 'key.revoked', target: { type: 'key', id }, details }, now)
  })
  app.forgetKeys({ keyId: id })
  app.emit('audit.recorded', { action: 'key.revoked' })
}

/** A live key that nobody else changes meanwhile. */
async function lockKey(tx: Transaction, actor: Actor, id: string, now: number) {
  await lockNames(tx, [`key ${id}`])
  const key = await readKey(tx, actor, id)
  if (key.revokedAt !== null) throw notFound('live key', id)
  const grant = await readGrant(tx, actor, now)
  if (!covers(grant, key)) throw new AppError('forbidden', `Key ${id} may do more than the one that asks.`)
  return { key, grant }
}
