import type { UIMessage } from 'ai'

const keyOf = (id: string): string => `chat ${id}`

/** What the page was shown of a chat before it was loaded again. */
export function savedMessages(id: string): UIMessage[] {
  try {
    // Written below alone, in this very shape.
    return JSON.parse(localStorage.getItem(keyOf(id)) ?? '[]') as UIMessage[]
  } catch {
    return []
  }
}

export function saveMessages(id: string, messages: UIMessage[]): void {
  try {
    if (messages.length > 0) localStorage.setItem(keyOf(id), JSON.stringify(messages))
  } catch {
    // Full, or forbidden: the chat works, and is forgotten with the page.
  }
}
