// What the fake provider answers to one request. Plain JSON, so that a turn can also be sent to its control endpoint.

/** A string that is not JSON stays as it is: that is how a model's broken arguments are played. */
export interface TurnToolCall {
  name: string
  input?: unknown
  id?: string
}

export interface TurnError {
  message: string
  /** HTTP status of the answer. Not used with `after`. Default 500. */
  status?: number
  type?: string
  code?: string
  headers?: Record<string, string>
  /** Send the error as an event inside the stream after this many deltas, with status 200. */
  after?: number
}

/**
 * One answer. Its deltas are, in this order: every entry of `reasoning`, every entry of `text`, `stamps`, one for each
 * tool call. All counts (`hang`, `cut`, `after`) are of these deltas.
 */
export interface Turn {
  reasoning?: string | string[]
  text?: string | string[]
  /** This many text deltas more, each the Unix time in milliseconds at which it was sent, and a space. */
  stamps?: number
  toolCalls?: TurnToolCall[]
  /** Default: whitespace-separated words of the last user message and of the answer. */
  usage?: { input: number; output: number }
  finish?: 'stop' | 'length' | 'tool-calls'
  /** Milliseconds before each delta, kept to absolute times. */
  delayMs?: number
  /** `true`: every delta waits for one `release()`. `headers`: so does the whole response, before its first byte. */
  hold?: true | 'headers'
  /** Goes silent for good: before the headers, or after this many deltas. */
  hang?: 'headers' | number
  /** Closes the socket after this many deltas, in the middle of the body. */
  cut?: number
  /** Sends this text as it is: instead of the body, or after this many deltas; then ends the response normally. */
  rubbish?: { after: 'body' | number; text: string }
  error?: TurnError
}

export interface Call {
  model: string
  /** Of all requests of this server: makes ids unique. */
  serial: number
  body: unknown
}

export type Piece = () => string

/** A turn with its defaults filled in. */
export interface Pieces {
  reasoning: Piece[]
  text: Piece[]
  toolCalls: { id: string; name: string; json: string }[]
  finish: 'stop' | 'length' | 'tool-calls'
  usage: { input: number; output: number }
}

const words = (text: string): number => text.split(/\s+/).filter(Boolean).length

const list = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

const stamp: Piece = () => `${(performance.timeOrigin + performance.now()).toFixed(3)} `

export const toPieces = (turn: Turn, call: Call, question: string): Pieces => {
  const text = list(turn.text)
  const toolCalls = (turn.toolCalls ?? []).map((toolCall, index) => ({
    id: toolCall.id ?? `call_${call.serial}_${index}`,
    name: toolCall.name,
    json: typeof toolCall.input === 'string' ? toolCall.input : JSON.stringify(toolCall.input ?? {}),
  }))
  return {
    reasoning: list(turn.reasoning).map(piece => () => piece),
    text: [...text.map(piece => () => piece), ...Array<Piece>(turn.stamps ?? 0).fill(stamp)],
    toolCalls,
    finish: turn.finish ?? (toolCalls.length > 0 ? 'tool-calls' : 'stop'),
    usage: turn.usage ?? { input: words(question), output: words(text.join('')) + (turn.stamps ?? 0) },
  }
}
