import { and, eq } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import type { Json } from '../json.ts'
import { toThread } from './read-thread.ts'
import type { Thread } from './thread.ts'

/** Replaces the metadata. @throws AppError not_found */
export async function updateThread(
  { database, clock }: Pick<AppContext, 'database' | 'clock'>,
  actor: Actor,
  id: string,
  { metadata }: { metadata: { [key: string]: Json } },
): Promise<Thread> {
  const [row] = await database.transaction(({ orm, tables: { threads } }) =>
    orm
      .update(threads)
      .set({ metadata, updatedAt: clock.now() })
      .where(and(eq(threads.id, id), eq(threads.tenantId, actor.tenantId)))
      .returning(),
  )
  if (!row) throw notFound('thread', id)
  return toThread(row)
}
