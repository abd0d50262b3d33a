import { desc, eq } from 'drizzle-orm'
import type { Message } from '../agents/message.ts'
import type { Connection } from '../db/database.ts'

/** How many messages of a thread a run is given, the newest ones. */
const conversationLimit = 200

/** What was said on a thread before a run of it, oldest first. */
export async function readConversation(
  { orm, tables: { messages } }: Pick<Connection, 'orm' | 'tables'>,
  threadId: string,
): Promise<Message[]> {
  const rows = await orm
    .select({ role: messages.role, content: messages.content })
    .from(messages)
    .where(eq(messages.threadId, threadId))
    .orderBy(desc(messages.position))
    .limit(conversationLimit)
  // Checked when they were written.
  return rows.reverse().map(row => row as Message)
}
