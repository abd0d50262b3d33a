export interface TextPart {
  type: 'text'
  text: string
}

/** A file that is kept under this id. */
export interface FilePart {
  type: 'file'
  file_id: string
}

/** A file that the model's provider fetches itself. */
export interface LinkedFile {
  type: 'file'
  url: string
  media_type: string
}

/** A file as a model is given it. Base64. */
export interface LoadedFile {
  type: 'file'
  media_type: string
  name?: string
  data: string
}

export type MessagePart = TextPart | FilePart | LinkedFile | LoadedFile

/** One entry of a conversation, as callers give it and threads keep it. */
export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string | MessagePart[]
}

export const messageText = ({ content }: Pick<Message, 'content'>): string =>
  typeof content === 'string' ? content : content.map(part => (part.type === 'text' ? part.text : '')).join('')

/** It says something, or something is attached to it. */
export const hasContent = (message: Pick<Message, 'content'>): boolean =>
  messageText(message) !== '' ||
  (typeof message.content !== 'string' && message.content.some(({ type }) => type === 'file'))

/** A run's input as messages. */
export const inputMessages = (input: string | Message[]): Message[] =>
  typeof input === 'string' ? [{ role: 'user', content: input }] : input
