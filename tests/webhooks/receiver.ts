import { Webhook } from 'standardwebhooks'

/** One request as a receiver got it. */
export interface Received {
  path: string
  /** `webhook-id`. */
  messageId: string
  headers: Record<string, string>
  text: string
  body: { type: string; timestamp: string; data: Record<string, unknown> }
}

type Answer = (received: Received, request: Request) => Response | Promise<Response>

/** A server that takes webhooks and remembers them. */
export interface Receiver extends Disposable {
  url: string
  port: number
  received: Received[]
  /** What it answers from now on; default 204. */
  answer(how: Answer): void
  /** Resolves when it has so many, with all of them. */
  count(number: number): Promise<Received[]>
  /** The first that fits, also one that is still to come. */
  first(fits: (received: Received) => boolean): Promise<Received>
}

export function startReceiver(port = 0): Receiver {
  const received: Received[] = []
  let answer: Answer = () => new Response(null, { status: 204 })
  let waiting: (() => boolean)[] = []
  const server = Bun.serve({
    port,
    hostname: '127.0.0.1',
    idleTimeout: 255,
    fetch: async request => {
      const text = await request.text()
      const headers = Object.fromEntries(request.headers)
      const got: Received = {
        path: new URL(request.url).pathname,
        messageId: headers['webhook-id'] ?? '',
        headers,
        text,
        body: JSON.parse(text),
      }
      received.push(got)
      waiting = waiting.filter(isDone => !isDone())
      return answer(got, request)
    },
  })
  const until = <T>(look: () => T | undefined) =>
    new Promise<T>(resolve => {
      const isDone = () => {
        const found = look()
        if (found === undefined) return false
        resolve(found)
        return true
      }
      if (!isDone()) waiting.push(isDone)
    })
  return {
    url: `http://127.0.0.1:${server.port}/hook`,
    port: server.port ?? 0,
    received,
    answer: how => {
      answer = how
    },
    count: number => until(() => (received.length >= number ? received : undefined)),
    first: fits => until(() => received.find(fits)),
    [Symbol.dispose]: () => {
      void server.stop(true)
    },
  }
}

/** Whether the package of Standard Webhooks takes a message as signed with this secret. */
export function isSignedWith(secret: string, { text, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(text, headers)
    return true
  } catch {
    return false
  }
}
