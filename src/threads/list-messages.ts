import { and, asc, eq, gt } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import type { Json } from '../json.ts'
import { readThread } from './read-thread.ts'
import type { StoredMessage } from './thread.ts'

/** In order. @throws AppError not_found */
export async function listMessages(
  app: Pick<AppContext, 'database'>,
  actor: Actor,
  threadId: string,
  { after, limit }: { after?: number | undefined; limit: number },
): Promise<StoredMessage[]> {
  await readThread(app, actor, threadId)
  const { messages } = app.database.tables
  const rows = await app.database.orm
    .select()
    .from(messages)
    .where(and(eq(messages.threadId, threadId), after === undefined ? undefined : gt(messages.position, after)))
    .orderBy(asc(messages.position))
    .limit(limit)
  return rows.map(row => ({ ...row, content: row.content as Json })) // JSON as it was stored
}
