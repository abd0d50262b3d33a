export interface TextPart {
  type: 'text'
  text: string
}

/** One entry of a conversation, as callers give it and threads keep it. */
export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string | TextPart[]
}

export const messageText = ({ content }: Pick<Message, 'content'>): string =>
  typeof content === 'string' ? content : content.map(part => part.text).join('')

/** A run's input as messages. */
export const inputMessages = (input: string | Message[]): Message[] =>
  typeof input === 'string' ? [{ role: 'user', content: input }] : input
