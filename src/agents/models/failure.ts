import { publicMessage } from './public-message.ts'
import { retryAfterMs } from './retry-after.ts'

/** What to make of a model call that went wrong. */
export interface ModelFailure {
  /** False for an error that neither the provider, the network nor the SDK is known to make: a fault of ours, perhaps. */
  known: boolean
  /** Whether the same call may go well later. */
  retryable: boolean
  /** The provider's own words where it said any. Public: no keys, no headers, no passwords of URLs. */
  message: string
  /** HTTP status the provider answered with, or that its error event stands for. */
  status: number | null
  /** How long the provider asked to be left alone; at most an hour. */
  retryAfterMs: number | null
}

/** The answer came to a bad end: silence, a closed connection, something that cannot be read. Worth another try. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer'
}

/** An error the provider sent inside the stream, after its headers had promised an answer. */
export class ErrorEvent extends Error {
  override readonly name = 'ErrorEvent'
  readonly event: unknown

  constructor(event: unknown) {
    super('The provider sent an error event.')
    this.event = event
  }
}

const closedMidway = 'The provider closed the connection before its answer was whole.'
const timedOut = 'The connection to the provider timed out.'
const unreadable = 'The provider sent an answer that cannot be read.'

/** Mistakes of ours or of the agent's, which the SDK finds before or instead of calling: they stay mistakes. */
const permanentErrors = new Set([
  'UnknownModelError',
  'AI_InvalidArgumentError',
  'AI_InvalidPromptError',
  'AI_LoadAPIKeyError',
  'AI_LoadSettingError',
  'AI_NoSuchModelError',
  'AI_NoSuchProviderReferenceError',
  'AI_UnsupportedFunctionalityError',
])

const unreadableErrors = new Set([
  'AI_EmptyResponseBodyError',
  'AI_InvalidResponseDataError',
  'AI_JSONParseError',
  'AI_NoContentGeneratedError',
  'AI_TypeValidationError',
])

/**
 * Judges what `callModel` rejected with. Errors are told apart by name and fields, not by class: a model of an agent
 * file may come from another copy of the SDK. An abort is no failure: look at your signal first.
 */
export const modelFailure = (error: unknown, now = Date.now()): ModelFailure => {
  if (error instanceof BrokenAnswer) return transient(error.message)
  if (error instanceof ErrorEvent) return eventFailure(error.event)
  const name = String(at(error, 'name'))
  const message = stringAt(error, 'message') ?? ''
  if (name === 'AI_APICallError') return apiFailure(error, now)
  if (permanentErrors.has(name)) return { ...transient(publicMessage(message)), retryable: false }
  if (unreadableErrors.has(name)) return unreadableFailure(error, message)
  // What the Anthropic package throws when the first thing it reads is not an event.
  if (message === 'Expected a normalized Anthropic stream error') return transient(unreadable)
  return networkFailure(error) ?? { ...transient('The model call failed for an unknown reason.'), known: false }
}

const transient = (message: string): ModelFailure => ({
  known: true,
  retryable: true,
  message,
  status: null,
  retryAfterMs: null,
})

/** An HTTP answer that was an error, or no answer at all. */
const apiFailure = (error: unknown, now: number): ModelFailure => {
  const status = numberAt(error, 'statusCode')
  if (status === null) {
    const retryable = at(error, 'isRetryable') === true
    const network = networkFailure(at(error, 'cause'))
    if (network !== null) return network
    return { ...transient(publicMessage(stringAt(error, 'message') ?? unreadable)), retryable }
  }
  // The headers were fine and the body was not.
  if (status < 400) return transient(networkFailure(at(error, 'cause')) === null ? unreadable : closedMidway)
  const headers = at(error, 'responseHeaders')
  const body = parse(stringAt(error, 'responseBody'))
  const said = providerWords(at(error, 'data')) ?? providerWords(body) ?? stringAt(error, 'message')
  return {
    known: true,
    retryable: isRetryable(status, headers, at(body, 'error') ?? body, at(error, 'isRetryable')),
    message: publicMessage(said ?? `The provider answered with status ${status}.`),
    status,
    retryAfterMs: retryAfterMs(stringAt(headers, 'retry-after-ms'), stringAt(headers, 'retry-after'), now),
  }
}

/** An error event: with a status of the SDK's making, a status as its code, or nothing but a type. */
const eventFailure = (event: unknown): ModelFailure => {
  const code = Number(at(event, 'code'))
  const status = numberAt(event, 'statusCode') ?? (code >= 400 && code <= 599 ? code : null)
  const kind = `${at(event, 'type')} ${at(event, 'code')}`
  const permanent =
    /invalid|authentication|permission|not_found|context_length|content_(filter|policy)|too_large/i.test(kind)
  const flag = at(event, 'isRetryable')
  return {
    known: true,
    retryable:
      !isOutOfQuota(event) && (typeof flag === 'boolean' ? flag : status === null ? !permanent : isTransient(status)),
    message: publicMessage(providerWords(event) ?? 'The provider reported an error.'),
    status,
    retryAfterMs: null,
  }
}

const unreadableFailure = (error: unknown, message: string): ModelFailure => {
  if (message.includes('ended without a finish reason')) return transient(closedMidway)
  // An error event in no shape the SDK knows still says what is wrong.
  const said = providerWords(at(error, 'value'))
  return transient(said === null ? unreadable : publicMessage(said))
}

const isTransient = (status: number): boolean => status === 408 || status === 409 || status === 429 || status >= 500

const isRetryable = (status: number, headers: unknown, said: unknown, flag: unknown): boolean => {
  const should = at(headers, 'x-should-retry')
  if (should === 'true') return true
  if (should === 'false' || isOutOfQuota(said)) return false
  return flag === true || isTransient(status)
}

/** OpenAI says "too many requests" to an empty account too: that will not pass by waiting. */
const isOutOfQuota = (said: unknown): boolean =>
  at(said, 'code') === 'insufficient_quota' || at(said, 'type') === 'insufficient_quota'

const networkWords: Record<string, string> = {
  ECONNREFUSED: 'The provider refused the connection.',
  ConnectionRefused: 'The provider refused the connection.',
  ECONNRESET: closedMidway,
  ConnectionClosed: closedMidway,
  EPIPE: closedMidway,
  ENOTFOUND: 'The host name of the provider is not known.',
  ETIMEDOUT: timedOut,
  Malformed_HTTP_Response: unreadable,
}

/** A failure below HTTP; null when it is none. `fetch` throws TypeErrors with a code, and little else does. */
const networkFailure = (error: unknown): ModelFailure | null => {
  const name = at(error, 'name')
  if (name === 'TimeoutError') return transient(timedOut)
  const code = stringAt(error, 'code')
  if (name !== 'TypeError' || code === null) return null
  if (code === 'ERR_INVALID_URL')
    return { ...transient('The base URL of the provider is not valid.'), retryable: false }
  return transient(networkWords[code] ?? `The provider could not be reached (${code}).`)
}

/** What the many servers that answer in JSON call their message: `error.message`, `error`, `message`, `detail`. */
const providerWords = (body: unknown): string | null => {
  const error = at(body, 'error')
  for (const said of [
    at(error, 'message'),
    error,
    at(body, 'message'),
    at(body, 'detail'),
    at(body, 'detail', '0', 'msg'),
  ]) {
    if (typeof said === 'string' && said.trim() !== '') return said
  }
  return null
}

const parse = (text: string | null): unknown => {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A field of whatever was thrown or sent, or undefined. */
const at = (value: unknown, ...path: string[]): unknown => {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = Reflect.get(current, key)
  }
  return current
}

const stringAt = (value: unknown, key: string): string | null => {
  const found = at(value, key)
  return typeof found === 'string' && found.trim() !== '' ? found : null
}

const numberAt = (value: unknown, key: string): number | null => {
  const found = at(value, key)
  return typeof found === 'number' ? found : null
}
