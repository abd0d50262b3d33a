import { and, eq, isNull, lt, or } from 'drizzle-orm'
import type { Transaction } from '../db/database.ts'
import type { ThreadSummary } from './read-conversation.ts'

/** Keeps what was summed up with each thread, unless it tells of more already. */
export async function keepSummaries(
  { orm, tables: { threads } }: Transaction,
  summaries: (ThreadSummary & { threadId: string })[],
): Promise<void> {
  for (const { threadId, text, position } of summaries) {
    await orm
      .update(threads)
      .set({ summary: text, summaryPosition: position })
      .where(and(eq(threads.id, threadId), or(isNull(threads.summaryPosition), lt(threads.summaryPosition, position))))
      .returning({ id: threads.id })
  }
}
