import { guardedFetch } from '../egress/guarded-fetch.ts'
import { EgressBlocked, type EgressPolicy } from '../egress/policy.ts'
import { readStart } from '../egress/read-start.ts'
import { hideSecrets } from '../telemetry/hide-secrets.ts'
import type { Attributes, Span } from '../telemetry/tracing/tracer.ts'
import type { Delivery, Try } from './delivery.ts'
import { askedDelayMs } from './retry-delay.ts'
import { signatures } from './secret.ts'

export interface Posted {
  made: Try
  verdict: 'delivered' | 'failed' | 'gone' | 'blocked'
  /** How long the receiver asked to be left alone, in milliseconds; null: it did not. */
  askedMs: number | null
}

export interface Post {
  delivery: Pick<Delivery, 'messageId' | 'body'>
  url: string
  /** Each of them signs; none: it is not signed. */
  secrets: readonly string[]
  version: string
  egress: EgressPolicy
  /** Milliseconds since 1970. */
  now: number
  signal: AbortSignal
  /** How long an answer may take; default 15 seconds. */
  patienceMs?: number
  /** Of the attempt, where it is traced. */
  span?: Span | undefined
}

const keptAnswerBytes = 1_024

/** Sends a message once. Throws only where the attempt itself was told to stop. */
export async function post({
  delivery,
  url,
  secrets,
  version,
  egress,
  now,
  signal,
  span,
  patienceMs = 15_000,
}: Post): Promise<Posted> {
  const { messageId, body } = delivery
  const timestamp = Math.floor(now / 1_000)
  const begun = performance.now()
  const sent = span?.child('POST', { kind: 'client', attributes: requestAttributes(url) })
  const patience = AbortSignal.timeout(patienceMs)
  const made = (status: number | null, error: string | null, answer: string | null = null): Try => {
    if (sent) endPost(sent, status, error)
    return { at: now, status, ms: Math.round(performance.now() - begun), error, answer }
  }
  try {
    const request = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': `Bunkhouse/${version}`,
        'webhook-id': messageId,
        'webhook-timestamp': String(timestamp),
        ...(secrets.length > 0 && { 'webhook-signature': signatures(secrets, { messageId, timestamp, body }) }),
        ...sent?.headers,
      },
      body,
      signal: AbortSignal.any([signal, patience]),
    }
    const response = await guardedFetch(url, request, egress)
    const answer = await firstBytes(response, signal)
    const { status } = response
    const askedMs = askedDelayMs(response.headers.get('retry-after'), now)
    const error = faultOf(status)
    const verdict = error === null ? 'delivered' : status === 410 ? 'gone' : 'failed'
    return { made: made(status, error, answer), verdict, askedMs }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof EgressBlocked) return { made: made(null, error.message), verdict: 'blocked', askedMs: null }
    const why = patience.aborted ? `No answer within ${patienceMs / 1_000} s.` : connectionFault(error)
    return { made: made(null, why), verdict: 'failed', askedMs: null }
  }
}

/** Neither its path nor its query: they may be secret. */
function requestAttributes(url: string): Attributes {
  const { hostname, port, protocol } = new URL(url)
  const byDefault = protocol === 'https:' ? 443 : 80
  return {
    'http.request.method': 'POST',
    'server.address': hostname,
    'server.port': port === '' ? byDefault : Number(port),
  }
}

function endPost(sent: Span, status: number | null, error: string | null): void {
  sent.set({ 'http.response.status_code': status ?? undefined })
  if (error !== null) sent.fail(status === null ? 'not_sent' : String(status), error)
  sent.end()
}

function faultOf(status: number): string | null {
  if (status >= 200 && status < 300) return null
  if (status >= 300 && status < 400) return `Its receiver answered ${status}: redirects are not followed.`
  return `Its receiver answered ${status}.`
}

/** By its code where it has one: the message names the address that was asked. */
function connectionFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
  if (code !== null) return `The connection failed: ${code}.`
  return `The connection failed: ${hideSecrets(error instanceof Error ? error.message : String(error))}`
}

/**
 * What somebody else's server says is kept as text that any database and page can hold. Its status has come before: how
 * the rest comes, or ends, changes nothing.
 */
async function firstBytes(response: Response, signal: AbortSignal): Promise<string | null> {
  const { text } = await readStart(response, keptAnswerBytes)
  signal.throwIfAborted()
  return text === '' ? null : hideSecrets(text.replaceAll('\0', '\ufffd'))
}
