import { type Operations, places } from './operations.ts'

export type OperationId = keyof Operations
export type Given<Id extends OperationId> = Operations[Id]['given']
export type Answer<Id extends OperationId> = Operations[Id]['answer']

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
  const response = await ask(id, given, { signal, headers })
  // Safe: the shapes are those of the service's own document, of the same build.
  return (response.status === 204 ? undefined : await response.json()) as Answer<Id>
}

/** The same, for what is no JSON. @throws ApiError */
async function ask<Id extends OperationId>(
  id: Id,
  given: Given<Id>,
  { signal, headers }: { signal?: AbortSignal | undefined; headers?: Record<string, string> | undefined } = {},
): Promise<Response> {
  const [method] = places[id]
  const { body } = given as { body?: unknown }
  return send(addressOf(id, given), {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  })
}

/** Where an operation is, for links as well. */
export function addressOf<Id extends OperationId>(id: Id, given: Given<Id>): string {
  const { path = {}, query = {} } = given as { path?: Record<string, string>; query?: Record<string, unknown> }
  const filled = places[id][1].replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
  const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const params = new URLSearchParams(asked.map(([name, value]) => [name, String(value)]))
  return params.size > 0 ? `${filled}?${params}` : filled
}

/** @throws ApiError */
export async function send(address: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(address, {
    ...init,
    credentials: 'same-origin',
    headers: { ...init.headers, 'x-bunkhouse-console': '1' },
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, { code: 'unreachable', detail: 'The service cannot be reached.' })
  })
  if (response.ok) return response
  const problem: unknown = await response.json().catch(() => ({}))
  if (response.status === 401 && address !== '/console/session') whenSignedOut()
  throw new ApiError(response.status, typeof problem === 'object' && problem !== null ? problem : {})
}
