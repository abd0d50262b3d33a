import { type Message, messageText } from './message.ts'

/** One message of a thread, with its place there. */
export interface HistoryEntry {
  position: number
  message: Message
}

export interface HistoryLimits {
  maxMessages: number
  /** Null: nobody knows what the model takes. */
  maxTokens: number | null
}

export interface FittedHistory {
  /** Oldest first. */
  kept: HistoryEntry[]
  /** What does not fit. */
  left: HistoryEntry[]
}

const charactersPerToken = 4
/** What a message takes besides its text, and an attached file whatever it holds. */
const tokensPerMessage = 8
const tokensPerFile = 1_500

/** A guess that serves every model alike. */
export function estimateTokens(message: Pick<Message, 'content'>): number {
  const files = typeof message.content === 'string' ? 0 : message.content.filter(({ type }) => type === 'file').length
  return Math.ceil(messageText(message).length / charactersPerToken) + tokensPerMessage + files * tokensPerFile
}

/** The newest messages that fit together, and those of role `system` wherever they stand. */
export function fitHistory(entries: HistoryEntry[], { maxMessages, maxTokens }: HistoryLimits): FittedHistory {
  let tokens = 0
  let count = 0
  let isFull = false
  const kept: HistoryEntry[] = []
  const left: HistoryEntry[] = []
  for (const entry of entries.toReversed()) {
    if (entry.message.role === 'system') {
      kept.push(entry)
      continue
    }
    const more = estimateTokens(entry.message)
    // Whatever came before one that does not fit stays out: a conversation with a hole in it makes no sense.
    isFull ||= count + 1 > maxMessages || (maxTokens !== null && tokens + more > maxTokens)
    if (isFull) left.push(entry)
    else {
      kept.push(entry)
      tokens += more
      count++
    }
  }
  return { kept: kept.reverse(), left: left.reverse() }
}
