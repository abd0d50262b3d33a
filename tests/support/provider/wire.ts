import type { Call, Pieces, TurnError } from './turn.ts'

/** A streamed answer, cut where its deltas are. Each function is called once, in order, when its bytes are sent. */
export interface Frames {
  head: () => string
  deltas: (() => string)[]
  tail: () => string
}

/** One provider protocol: how it says an answer, and what it refuses in a request. */
export interface Wire {
  path: string
  lastUserText(body: unknown): string
  /** What the real provider would answer with 400 for, or null. */
  refusal(body: unknown): string | null
  stream(pieces: Pieces, call: Call): Frames
  whole(pieces: Pieces, call: Call): unknown
  errorBody(error: TurnError): unknown
  errorEvent(error: TurnError): string
}

/** A field of a parsed JSON value, or undefined. */
export const at = (value: unknown, ...path: (string | number)[]): unknown => {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = Reflect.get(current, key)
  }
  return current
}

export const listAt = (value: unknown, ...path: (string | number)[]): unknown[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The text of a message's content: a string, or parts with a `text`. */
export const contentText = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : listAt({ content }, 'content')
        .map(part => String(at(part, 'text') ?? ''))
        .join('')

export const lastUserContent = (messages: unknown[]): string =>
  contentText(
    at(
      messages.findLast(message => at(message, 'role') === 'user' && contentText(at(message, 'content')) !== ''),
      'content',
    ),
  )

/** Arguments arrive in two halves, as they do in real streams. */
export const halves = (text: string): [string, string] => {
  const middle = text.length >> 1
  return [text.slice(0, middle), text.slice(middle)]
}

/** The first, the last, or a delta in between of one block of an answer. */
export const isEdge = (index: number, length: number): { first: boolean; last: boolean } => ({
  first: index === 0,
  last: index === length - 1,
})
