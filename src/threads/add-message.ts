import { eq } from 'drizzle-orm'
import type { Message } from '../agents/message.ts'
import type { Actor, AppContext } from '../context.ts'
import { databaseFailure } from '../db/failure.ts'
import { keepAttachments } from '../files/attachments.ts'
import { newId } from '../runtime/id.ts'
import { insertMessages } from './insert-messages.ts'
import { readThread } from './read-thread.ts'
import type { StoredMessage } from './thread.ts'

const tries = 10

/** Adds a message at the end of a thread, without a run. @throws AppError not_found */
export async function addMessage(
  app: Pick<AppContext, 'database' | 'clock'>,
  actor: Actor,
  threadId: string,
  given: Message,
): Promise<StoredMessage> {
  await readThread(app, actor, threadId)
  const [message] = await keepAttachments(app, actor, [given])
  const { role, content } = message ?? given
  const added = {
    id: newId('msg'),
    tenantId: actor.tenantId,
    threadId,
    runId: null,
    role,
    content: typeof content === 'string' ? content : content.map(part => ({ ...part })),
    createdAt: app.clock.now(),
  }
  for (let attempt = 1; ; attempt++) {
    try {
      const position = await app.database.transaction(async tx => {
        const { messages } = tx.tables
        await insertMessages(tx, [added])
        const [row] = await tx.orm
          .select({ position: messages.position })
          .from(messages)
          .where(eq(messages.id, added.id))
        return row?.position ?? 0
      })
      return { ...added, position }
    } catch (error) {
      // Somebody else took the place.
      if (databaseFailure(error) !== 'unique' || attempt === tries) throw error
    }
  }
}
