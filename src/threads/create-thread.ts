import type { Actor, AppContext } from '../context.ts'
import type { Json } from '../json.ts'
import { newId } from '../runtime/id.ts'
import type { Thread } from './thread.ts'

export interface NewThread {
  /** One of its maker's own, that is left as it is where it is there; default: a new one. */
  id?: string | undefined
  metadata?: { [key: string]: Json } | undefined
  ttlSeconds?: number | undefined
}

export async function createThread(
  { database, clock }: Pick<AppContext, 'database' | 'clock'>,
  actor: Actor,
  { id = newId('thr'), metadata = {}, ttlSeconds }: NewThread,
): Promise<Thread> {
  const now = clock.now()
  const thread = {
    id,
    tenantId: actor.tenantId,
    metadata,
    summary: null,
    summaryPosition: null,
    createdAt: now,
    updatedAt: now,
    expiresAt: ttlSeconds === undefined ? null : now + ttlSeconds * 1_000,
  }
  await database.transaction(({ orm, tables }) =>
    orm.insert(tables.threads).values(thread).onConflictDoNothing().returning(),
  )
  return thread
}
