import { and, eq } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import type { Json } from '../json.ts'
import { toThread } from './read-thread.ts'
import type { Thread } from './thread.ts'
import { ofActor } from './visible-thread.ts'

export interface ThreadChange {
  /** Instead of what it has. */
  metadata?: { [key: string]: Json } | undefined
  /** From now on; null: it is kept. */
  ttlSeconds?: number | null | undefined
}

/** @throws AppError not_found */
export async function updateThread(
  { database, clock }: Pick<AppContext, 'database' | 'clock'>,
  actor: Actor,
  id: string,
  { metadata, ttlSeconds }: ThreadChange,
): Promise<Thread> {
  const { threads } = database.tables
  const now = clock.now()
  const change = {
    ...(metadata !== undefined && { metadata }),
    ...(ttlSeconds !== undefined && { expiresAt: ttlSeconds === null ? null : now + ttlSeconds * 1_000 }),
  }
  const [row] = await database.transaction(tx =>
    tx.orm
      .update(threads)
      .set({ ...change, updatedAt: now })
      .where(and(eq(threads.id, id), ofActor(tx, actor)))
      .returning(),
  )
  if (!row) throw notFound('thread', id)
  return toThread(row)
}
