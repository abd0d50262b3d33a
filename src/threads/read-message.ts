import { and, asc, desc, eq, gt, lt } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import type { Json } from '../json.ts'
import { readThread } from './read-thread.ts'
import type { StoredMessage } from './thread.ts'

type Needs = Pick<AppContext, 'database'>

/** @throws AppError not_found */
export async function readMessage(app: Needs, actor: Actor, threadId: string, id: string): Promise<StoredMessage> {
  await readThread(app, actor, threadId)
  const { messages } = app.database.tables
  const [row] = await app.database.orm
    .select()
    .from(messages)
    .where(and(eq(messages.threadId, threadId), eq(messages.id, id)))
  if (!row) throw notFound('message', id)
  return { ...row, content: row.content as Json } // JSON as it was stored
}

/** Beyond a place, in either direction; without a place from the first or the last. */
export async function readMessagesFrom(
  app: Needs,
  actor: Actor,
  threadId: string,
  { beyond, order, limit }: { beyond?: number | undefined; order: 'asc' | 'desc'; limit: number },
): Promise<StoredMessage[]> {
  await readThread(app, actor, threadId)
  const { messages } = app.database.tables
  const isUp = order === 'asc'
  const rows = await app.database.orm
    .select()
    .from(messages)
    .where(
      and(
        eq(messages.threadId, threadId),
        beyond === undefined ? undefined : isUp ? gt(messages.position, beyond) : lt(messages.position, beyond),
      ),
    )
    .orderBy(isUp ? asc(messages.position) : desc(messages.position))
    .limit(limit)
  return rows.map(row => ({ ...row, content: row.content as Json })) // JSON as it was stored
}
