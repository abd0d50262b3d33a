import { and, desc, eq, lte } from 'drizzle-orm'
import type { Message } from '../agents/message.ts'
import type { Connection } from '../db/database.ts'

/** How many messages of a thread a run is given, the newest ones. */
const conversationLimit = 200

/** What a run of a thread is given. */
export interface Conversation {
  /** Oldest first. */
  messages: Message[]
  /** Place of the last one; 0: there is none. */
  position: number
}

/**
 * What was said on a thread before a run of it.
 * @param upTo what came after this place is left out; null: nothing
 */
export async function readConversation(
  { orm, tables: { messages } }: Pick<Connection, 'orm' | 'tables'>,
  threadId: string,
  upTo: number | null = null,
): Promise<Conversation> {
  const rows = await orm
    .select({ role: messages.role, content: messages.content, position: messages.position })
    .from(messages)
    .where(and(eq(messages.threadId, threadId), upTo === null ? undefined : lte(messages.position, upTo)))
    .orderBy(desc(messages.position))
    .limit(conversationLimit)
  const [last] = rows
  // Checked when they were written.
  return {
    messages: rows.reverse().map(({ role, content }) => ({ role, content }) as Message),
    position: last?.position ?? 0,
  }
}
