/** As of all event streams. */
export const keepAliveMs = 5_000

interface Message {
  id?: unknown
  method?: unknown
  params?: unknown
  result?: unknown
  error?: unknown
}

const isMessage = (body: unknown): body is Message => typeof body === 'object' && body !== null && !Array.isArray(body)

/** Of a body that is one message. */
export const methodOf = (body: unknown): string | undefined =>
  isMessage(body) && typeof body.method === 'string' ? body.method : undefined

const isId = (id: unknown): id is string | number => typeof id === 'string' || typeof id === 'number'

/** The id of a request; undefined for whatever is none. */
export const requestIdOf = (body: unknown): string | number | undefined =>
  isMessage(body) && methodOf(body) !== undefined && isId(body.id) ? body.id : undefined

/** By which the client of a request wants to hear of its progress. */
export function progressTokenOf(body: unknown): string | number | undefined {
  const params = isMessage(body) ? body.params : undefined
  const meta = typeof params === 'object' && params !== null && '_meta' in params ? params._meta : undefined
  const token = typeof meta === 'object' && meta !== null && 'progressToken' in meta ? meta.progressToken : undefined
  return isId(token) ? token : undefined
}

/** A client's answer to a request of ours. */
export function answerOf(body: unknown): { id: string; result: unknown } | undefined {
  if (!isMessage(body) || body.method !== undefined || typeof body.id !== 'string') return undefined
  return 'result' in body ? { id: body.id, result: body.result } : undefined
}

/** Which request a client no longer wants. */
export function cancelledBy(body: unknown): string | number | undefined {
  if (!isMessage(body) || body.method !== 'notifications/cancelled') return undefined
  const { params } = body
  const id = typeof params === 'object' && params !== null && 'requestId' in params ? params.requestId : undefined
  return isId(id) ? id : undefined
}

/** Whether a client that introduces itself can ask its person something. */
export function canAsk(body: unknown): boolean {
  if (!isMessage(body) || body.method !== 'initialize') return false
  const { params } = body
  if (typeof params !== 'object' || params === null || !('capabilities' in params)) return false
  const { capabilities } = params
  return typeof capabilities === 'object' && capabilities !== null && 'elicitation' in capabilities
}
