import type { Actor, AppContext } from '../../context.ts'
import { isJsonObject, type Json } from '../../json.ts'
import { readMessage, readMessagesFrom } from '../../threads/read-message.ts'
import type { StoredMessage } from '../../threads/thread.ts'

interface PageQuery {
  after?: string | undefined
  order: 'asc' | 'desc'
  limit: number
}

export type ConversationItem = ReturnType<typeof toItem>

/** @throws AppError not_found */
export async function listItems(
  app: Pick<AppContext, 'database'>,
  actor: Actor,
  threadId: string,
  { after, order, limit }: PageQuery,
) {
  const last = after === undefined ? undefined : await readMessage(app, actor, threadId, after)
  const rows = await readMessagesFrom(app, actor, threadId, { beyond: last?.position, order, limit: limit + 1 })
  return itemList(rows.slice(0, limit).map(toItem), rows.length > limit)
}

export const itemList = (data: ConversationItem[], hasMore: boolean) => ({
  object: 'list' as const,
  data,
  first_id: data[0]?.id ?? null,
  last_id: data.at(-1)?.id ?? null,
  has_more: hasMore,
})

/** A message of a thread: what was asked, or what was answered. */
export const toItem = ({ id, role, content }: StoredMessage) => ({
  id,
  type: 'message' as const,
  status: 'completed' as const,
  role,
  content: (Array.isArray(content) ? content.filter(isJsonObject) : [{ type: 'text', text: content }]).map(part =>
    toPart(part, role),
  ),
})

function toPart({ type, text, url, file_id }: { [key: string]: Json }, role: string) {
  if (type === 'text')
    return role === 'assistant'
      ? { type: 'output_text' as const, text, annotations: [], logprobs: [] }
      : { type: 'input_text' as const, text }
  if (typeof url === 'string')
    return { type: 'input_image' as const, image_url: url, file_id: null, detail: 'auto' as const }
  return { type: 'input_file' as const, file_id: file_id ?? null }
}
