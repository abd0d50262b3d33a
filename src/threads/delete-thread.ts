import { and, eq } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { AppError, notFound } from '../errors.ts'
import { unfinishedJobs } from '../queue/sql/unfinished-jobs.ts'
import { threadOrderKey } from '../runs/run.ts'
import { ofActor } from './visible-thread.ts'

/** Deletes a thread with its messages. Its runs stay, as a record. @throws AppError not_found, thread_busy */
export async function deleteThread(
  { clock, database, emit }: Pick<AppContext, 'clock' | 'database' | 'emit'>,
  actor: Actor,
  id: string,
): Promise<void> {
  await database.transaction(async tx => {
    const { threads, messages } = tx.tables
    const busy = await unfinishedJobs(tx, threadOrderKey(id))
    const mine = and(eq(threads.id, id), ofActor(tx, actor))
    const [thread] = await tx.orm.select({ id: threads.id }).from(threads).where(mine)
    if (!thread) throw notFound('thread', id)
    if (busy.length > 0) throw new AppError('thread_busy', `Thread ${id} has an unfinished run. Cancel it first.`)
    await tx.orm.delete(messages).where(eq(messages.threadId, id)).returning({ id: messages.id })
    await tx.orm.delete(threads).where(mine).returning({ id: threads.id })
    await audit(tx, actor, { action: 'thread.deleted', target: { type: 'thread', id } }, clock.now())
  })
  emit('audit.recorded', { action: 'thread.deleted' })
}
