import { and, eq } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { readThread } from './read-thread.ts'

/** Takes one message out of a thread; those that follow keep their places. @throws AppError not_found */
export async function deleteMessage(
  app: Pick<AppContext, 'clock' | 'database' | 'emit'>,
  actor: Actor,
  threadId: string,
  id: string,
): Promise<void> {
  await readThread(app, actor, threadId)
  await app.database.transaction(async tx => {
    const { messages } = tx.tables
    const [gone] = await tx.orm
      .delete(messages)
      .where(and(eq(messages.threadId, threadId), eq(messages.id, id)))
      .returning({ id: messages.id })
    if (!gone) throw notFound('message', id)
    const target = { type: 'message' as const, id }
    await audit(tx, actor, { action: 'message.deleted', target, details: { thread_id: threadId } }, app.clock.now())
  })
  app.emit('audit.recorded', { action: 'message.deleted' })
}
