import { and, eq } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import type { Json } from '../json.ts'
import { toThread } from './read-thread.ts'
import type { Thread } from './thread.ts'
import { ofActor } from './visible-thread.ts'

/** Replaces the metadata. @throws AppError not_found */
export async function updateThread(
  { database, clock }: Pick<AppContext, 'database' | 'clock'>,
  actor: Actor,
  id: string,
  { metadata }: { metadata: { [key: string]: Json } },
): Promise<Thread> {
  const { threads } = database.tables
  const [row] = await database.transaction(tx =>
    tx.orm
      .update(threads)
      .set({ metadata, updatedAt: clock.now() })
      .where(and(eq(threads.id, id), ofActor(tx, actor)))
      .returning(),
  )
  if (!row) throw notFound('thread', id)
  return toThread(row)
}
