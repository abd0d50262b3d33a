import { and, eq } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import type { Thread } from './thread.ts'
import { ofActor } from './visible-thread.ts'

/** @throws AppError not_found, also for a thread of another tenant, or of an agent that the key is not for */
export async function readThread(
  { database }: Pick<AppContext, 'database'>,
  actor: Actor,
  id: string,
): Promise<Thread> {
  const { threads } = database.tables
  const [row] = await database.orm
    .select()
    .from(threads)
    .where(and(eq(threads.id, id), ofActor(database, actor)))
  if (!row) throw notFound('thread', id)
  return toThread(row)
}

export const toThread = (row: Omit<Thread, 'metadata'> & { metadata: unknown }): Thread => ({
  ...row,
  metadata: row.metadata as Thread['metadata'], // checked when it was written
})
