import type { Random } from '../random.ts'
import { chaosKey, type Replica } from '../servers/replica.ts'

const answerWithinMs = 4_000
const pauseMs = 100

export interface Answer {
  status: number
  body: unknown
}

/** Calls the processes as a load balancer does that knows nothing of their state. */
export class Client {
  /** Requests that got no answer, or one that asks to come back. */
  retries = 0
  readonly #replicas: Replica[]
  readonly #random: Random
  readonly #over: AbortSignal

  /** @param over gives up whoever still tries */
  constructor(replicas: Replica[], random: Random, over: AbortSignal) {
    this.#replicas = replicas
    this.#random = random
    this.#over = over
  }

  get over(): boolean {
    return this.#over.aborted
  }

  /** Rejects where no answer comes. */
  async once(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await this.open(method, path, body, headers, AbortSignal.timeout(answerWithinMs))
    return { status: response.status, body: await response.json() }
  }

  /** Until there is an answer that will not change by itself. Rejects when it is over. */
  async call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    for (;;) {
      const answer = await this.once(method, path, body, headers).catch(() => undefined)
      if (answer && answer.status < 500 && !isPassing(answer)) return answer
      if (this.#over.aborted) throw new Error(`${method} ${path} was not answered in time`)
      this.retries++
      await Bun.sleep(pauseMs)
    }
  }

  open(
    method: string,
    path: string,
    body: object | undefined,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Response> {
    const replica = this.#replicas[this.#random.between(0, this.#replicas.length - 1)]
    if (replica?.url === undefined) return Promise.reject(new Error('It has never served.'))
    return fetch(replica.url + path, {
      method,
      signal: AbortSignal.any([signal, this.#over]),
      headers: {
        authorization: `Bearer ${chaosKey}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  }
}

/** Another request with the same idempotency key is under way. */
const isPassing = ({ status, body }: Answer): boolean => status === 409 && textAt(body, 'detail').includes('Try again')

/** A field of an answer. */
export const textAt = (body: unknown, field: string): string => {
  const value: unknown =
    typeof body === 'object' && body !== null ? Object.entries(body).find(([name]) => name === field)?.[1] : undefined
  return typeof value === 'string' ? value : ''
}
