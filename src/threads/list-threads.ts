import { and, desc, lt } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { toThread } from './read-thread.ts'
import type { Thread } from './thread.ts'
import { ofActor } from './visible-thread.ts'

/** The newest first. */
export async function listThreads(
  { database }: Pick<AppContext, 'database'>,
  actor: Actor,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<Thread[]> {
  const { threads } = database.tables
  const rows = await database.orm
    .select()
    .from(threads)
    .where(and(ofActor(database, actor), before === undefined ? undefined : lt(threads.id, before)))
    .orderBy(desc(threads.id))
    .limit(limit)
  return rows.map(toThread)
}
