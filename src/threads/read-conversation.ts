import { and, desc, eq, gt, lte } from 'drizzle-orm'
import type { HistoryEntry } from '../agents/fit-history.ts'
import type { Message } from '../agents/message.ts'
import type { Connection } from '../db/database.ts'

/** How many messages of a thread are looked at, the newest ones. */
const conversationLimit = 1_000

/** What was said until a place in a thread, in short. */
export interface ThreadSummary {
  position: number
  text: string
}

/** What a run of a thread is given. */
export interface Conversation {
  summary: ThreadSummary | null
  /** What came after it, oldest first. */
  entries: HistoryEntry[]
  /** Place of the last one; 0: there is none. */
  position: number
}

type Reading = Pick<Connection, 'orm' | 'tables'>

/**
 * What was said on a thread before a run of it.
 * @param upTo what came after this place is left out; null: nothing
 */
export async function readConversation(
  connection: Reading,
  threadId: string,
  upTo: number | null = null,
): Promise<Conversation> {
  const { messages } = connection.tables
  const summary = await readSummary(connection, threadId, upTo)
  const rows = await connection.orm
    .select({ role: messages.role, content: messages.content, position: messages.position })
    .from(messages)
    .where(
      and(
        eq(messages.threadId, threadId),
        upTo === null ? undefined : lte(messages.position, upTo),
        summary === null ? undefined : gt(messages.position, summary.position),
      ),
    )
    .orderBy(desc(messages.position))
    .limit(conversationLimit)
  const [last] = rows
  return {
    summary,
    // Checked when they were written.
    entries: rows.reverse().map(({ role, content, position }) => ({ position, message: { role, content } as Message })),
    position: last?.position ?? summary?.position ?? 0,
  }
}

/** One that tells of later messages is none of what came before. */
async function readSummary(
  { orm, tables: { threads } }: Reading,
  threadId: string,
  upTo: number | null,
): Promise<ThreadSummary | null> {
  const [row] = await orm
    .select({ text: threads.summary, position: threads.summaryPosition })
    .from(threads)
    .where(eq(threads.id, threadId))
  if (row?.text == null || row.position === null) return null
  return upTo !== null && row.position > upTo ? null : { text: row.text, position: row.position }
}
