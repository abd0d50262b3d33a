// The page and what it asks for, with the key of Bunkhouse, which no browser is given:
//   BUNKHOUSE_URL=http://127.0.0.1:8000 BUNKHOUSE_API_KEY=… bun examples/chat-ui/server.ts [AGENT]
import page from './page/index.html'

export interface PageOptions {
  /** Of Bunkhouse. */
  url: string
  key: string
  agent: string
  /** 0: any free one. */
  port: number
}

const passedOn = ['content-type', 'idempotency-key']
const passedBack = ['content-type', 'cache-control', 'retry-after', 'x-vercel-ai-ui-message-stream']

/** Nobody signs in here, so it listens on this machine alone: put your own sign-in before it. */
export function servePage({ url, key, agent, port }: PageOptions): Bun.Server<undefined> {
  const pass = async (request: Request, path: string): Promise<Response> => {
    // Another site's page could ask as well, in the name of who looks at it.
    if (request.headers.get('sec-fetch-site') === 'cross-site') return new Response('Not from there.', { status: 403 })
    const headers = pick(request.headers, passedOn)
    headers.set('authorization', `Bearer ${key}`)
    try {
      const answer = await fetch(`${url}/ai-sdk/${encodeURIComponent(agent)}${path}`, {
        method: request.method,
        headers,
        body: request.method === 'POST' ? await request.text() : null,
        // Who leaves the page reads no more of it. The run goes on.
        signal: request.signal,
      })
      return new Response(answer.body, { status: answer.status, headers: pick(answer.headers, passedBack) })
    } catch {
      return new Response('Bunkhouse does not answer.', { status: 502 })
    }
  }
  return Bun.serve({
    hostname: '127.0.0.1',
    port,
    // An answer may say nothing for a while.
    idleTimeout: 0,
    development: false,
    routes: {
      '/': page,
      '/chat': { POST: request => pass(request, '') },
      '/chat/:id/stream': { GET: request => pass(request, `/${encodeURIComponent(request.params.id)}/stream`) },
      '/chat/:id/stop': { POST: request => pass(request, `/${encodeURIComponent(request.params.id)}/stop`) },
    },
    fetch: () => new Response('Nothing is here.', { status: 404 }),
  })
}

const pick = (headers: Headers, names: readonly string[]): Headers =>
  new Headers(names.flatMap(name => [[name, headers.get(name) ?? '']]).filter(([, value]) => value !== ''))

if (import.meta.main) {
  const { BUNKHOUSE_URL: url = 'http://127.0.0.1:8000', BUNKHOUSE_API_KEY: key, PORT = '3000' } = process.env
  if (!key) throw new Error('BUNKHOUSE_API_KEY is not set.')
  const server = servePage({ url, key, agent: process.argv[2] ?? 'echo', port: Number(PORT) })
  console.log(`The page is at ${server.url}`)
}
