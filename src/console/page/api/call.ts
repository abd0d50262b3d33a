import { type Operations, places } from './operations.ts'
import { timeLimit } from './time-limit.ts'

export type OperationId = keyof Operations
export type Given<Id extends OperationId> = Operations[Id]['given']
export type Answer<Id extends OperationId> = Operations[Id]['answer']

/** A request without an answer is given up after so long. */
export const answerWithinMs = 20_000

/** Why there is no answer, besides what the API itself says: of status 0. */
type Silence = 'unreachable' | 'timeout'

/** A request that did not go well, as the API tells it. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0: nobody has answered. */
  readonly status: number
  readonly code: string
  readonly requestId: string | null

  constructor(status: number, { code, detail, request_id }: { code?: string; detail?: string; request_id?: string }) {
    super(detail ?? `The service has answered ${status}.`)
    this.status = status
    this.code = code ?? 'unknown'
    this.requestId = request_id ?? null
  }
}

/** Told when the session has ended, by whatever was asked. */
let whenSignedOut: () => void = () => {}
export const onSignedOut = (listener: () => void): void => {
  whenSignedOut = listener
}

/** Asks the API, as whoever is signed in. @throws ApiError */
export async function call<Id extends OperationId>(
  id: Id,
  given: Given<Id>,
  { signal, headers }: { signal?: AbortSignal | undefined; headers?: Record<string, string> } = {},
): Promise<Answer<Id>> {
  const [method] = places[id]
  const { body } = given as { body?: unknown }
  const answer = await sendForJson(addressOf(id, given), {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  })
  return answer as Answer<Id> // the shapes are those of the service's own document, of the same build
}

/** Where an operation is, for links as well. */
export function addressOf<Id extends OperationId>(id: Id, given: Given<Id>): string {
  const { path = {}, query = {} } = given as { path?: Record<string, string>; query?: Record<string, unknown> }
  const filled = places[id][1].replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
  const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const params = new URLSearchParams(asked.map(([name, value]) => [name, String(value)]))
  return params.size > 0 ? `${filled}?${params}` : filled
}

/** What is answered, read to its end within the time; undefined: nothing. @throws ApiError */
export async function sendForJson(address: string, init: RequestInit = {}): Promise<unknown> {
  const limit = timeLimit(answerWithinMs, init.signal)
  const requestId = newRequestId()
  try {
    const response = await send(address, { ...init, signal: limit.signal }, requestId)
    const text = await response.text()
    return text === '' ? undefined : JSON.parse(text)
  } catch (error) {
    if (error instanceof ApiError || (init.signal?.aborted && !limit.hasPassed())) throw error
    throw silence(limit.hasPassed() ? 'timeout' : 'unreachable', requestId)
  } finally {
    limit.done()
  }
}

/** For what is read as it comes: whoever calls ends it. @throws ApiError, and what its signal throws */
export async function send(address: string, init: RequestInit, requestId = newRequestId()): Promise<Response> {
  const response = await fetch(address, {
    ...init,
    credentials: 'same-origin',
    headers: { ...init.headers, 'x-bunkhouse-console': '1', 'x-request-id': requestId },
  }).catch((error: unknown) => {
    if (init.signal?.aborted) throw error
    throw silence('unreachable', requestId)
  })
  if (response.ok) return response
  const problem: unknown = await response.json().catch(() => ({}))
  if (response.status === 401 && address !== '/console/session') whenSignedOut()
  const told = typeof problem === 'object' && problem !== null ? problem : {}
  // Also where a proxy has answered, whose words are none of ours.
  throw new ApiError(response.status, { request_id: response.headers.get('x-request-id') ?? requestId, ...told })
}

const silence = (code: Silence, requestId: string): ApiError =>
  new ApiError(0, { code, detail: 'The service has not answered.', request_id: requestId })

/** Of our own making, so that what was never answered can be looked for in the service's log as well. */
const newRequestId = (): string =>
  `con_${Array.from(crypto.getRandomValues(new Uint8Array(10)), byte => byte.toString(16).padStart(2, '0')).join('')}`
