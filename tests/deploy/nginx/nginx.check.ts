import { connect as connectHttp2 } from 'node:http2'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import type { Bench, DeployCheck } from '../../../scripts/deploy/check.ts'
import { cloneWithAgents, docker, inspect, missingDocker, startContainer } from '../../../scripts/deploy/docker.ts'
import { until } from '../../../scripts/deploy/until.ts'
import { ask, type Client, equal, mainJob, startRun } from '../client.ts'
import { type Stack, stackOf } from '../compose/stack.ts'

const streamedWithinMs = 20

export const check: DeployCheck = {
  artifact: 'deploy/nginx',
  how: 'asked by TLS, HTTP/2, event streams and WebSockets in front of real replicas, on its own certificate',
  cannot: 'a certificate authority; directives newer than nginx 1.26, of which it has none',
  missing: missingDocker,
  async run(bench) {
    const clone = await cloneWithAgents(join(bench.folder, 'clone'))
    const stack = await stackOf(bench, clone, 'nginx')
    await stack.compose('up', '--detach', '--build', '--wait')
    await front(bench, stack)
    await secured(bench, stack)
    await limited(bench, stack)
    await streamed(bench, stack)
    await failedOver(bench, stack)
  },
}

async function front({ step }: Bench, stack: Stack): Promise<void> {
  await step('plain HTTP is sent on to HTTPS, with path and method', async () => {
    const answer = await fetch(`${stack.httpUrl}/v1/runs?limit=1`, { method: 'POST', redirect: 'manual' })
    equal([answer.status, answer.headers.get('location')], [308, 'https://127.0.0.1/v1/runs?limit=1'])
  })
  await step('/nginx-health answers on both ports, and /metrics on none', async () => {
    for (const url of [stack.httpUrl, stack.url]) {
      const answer = await ask({ ...stack, url }, 'GET', '/nginx-health')
      equal([answer.status, await answer.text()], [200, 'ok\n'])
    }
    equal((await ask(stack, 'GET', '/metrics')).status, 404)
    equal((await ask({ ...stack, url: stack.httpUrl }, 'GET', '/metrics')).status, 308)
  })
  await step('large JSON is compressed, an event stream is not', async () => {
    const json = await ask(stack, 'GET', '/swagger/json', undefined, { 'accept-encoding': 'gzip' })
    equal([json.status, json.headers.get('content-encoding')], [200, 'gzip'])
    const stream = await ask(stack, 'POST', '/v1/runs/stream', { agent: 'echo', input: 'hello' })
    equal(stream.headers.get('content-encoding'), null)
    if (!(await stream.text()).includes('event: run.completed')) throw new Error('the stream did not end well')
  })
}

async function secured({ step }: Bench, stack: Stack): Promise<void> {
  const port = Number(new URL(stack.url).port)
  const handshake = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
    new Promise<string>((resolve, reject) => {
      const socket = connectTls(
        { host: '127.0.0.1', port, ca: stack.ca, minVersion: version, maxVersion: version, ALPNProtocols: ['h2'] },
        () => {
          resolve(`${socket.getProtocol()} ${socket.alpnProtocol}`)
          socket.destroy()
        },
      )
      socket.on('error', reject)
    })
  await step('it speaks TLS 1.2 and 1.3 with HTTP/2, and no older TLS', async () => {
    equal(await handshake('TLSv1.2'), 'TLSv1.2 h2')
    equal(await handshake('TLSv1.3'), 'TLSv1.3 h2')
    const refused = await handshake('TLSv1.1').then(
      () => false,
      () => true,
    )
    equal(refused, true)
  })
  await step('a request by HTTP/2 is answered, with each security header once', async () => {
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      const session = connectHttp2(stack.url, { ca: stack.ca })
      session.on('error', reject)
      const request = session.request({ ':path': '/v1/agents', authorization: `Bearer ${stack.key}` })
      request.on('error', reject)
      request.on('response', answer => {
        resolve(answer)
        session.destroy()
      })
      request.end()
    })
    equal(headers[':status'], 200)
    equal(headers['strict-transport-security'], 'max-age=31536000; includeSubDomains')
    equal(headers['x-content-type-options'], 'nosniff')
    equal(headers['x-frame-options'], 'DENY')
    equal(headers['referrer-policy'], 'no-referrer')
    equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'")
    equal(headers.server, 'nginx')
  })
}

async function limited({ step }: Bench, stack: Stack): Promise<void> {
  const problem = async (answer: Response, status: number, code: string) => {
    equal([answer.status, answer.headers.get('content-type')], [status, 'application/problem+json'])
    // Safe: compared at once.
    equal(((await answer.json()) as { code: string }).code, code)
  }
  await step('a body of more than 4 MiB is refused in the form of the API', async () => {
    await problem(await ask(stack, 'POST', '/v1/runs', { input: 'x'.repeat(4_300_000) }), 413, 'body_too_large')
  })
  await step('an address without a key is slowed down, and one with a key goes on', async () => {
    // More of them where the machine is slow, over the connections of the first.
    let first: Response | undefined
    for (let wave = 0; wave < 20 && !first; wave += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => fetch(`${stack.url}/health`, { tls: { ca: stack.ca } })),
      )
      first = answers.find(answer => answer.status === 429)
    }
    if (!first) throw new Error('2,000 were let through')
    equal(first.headers.get('retry-after'), '1')
    equal(first.headers.get('x-frame-options'), 'DENY')
    await problem(first, 429, 'rate_limited')
    equal((await ask(stack, 'GET', '/v1/agents')).status, 200)
  })
}

/** When each event of a run came, by its id. */
async function arrivals(url: string, stack: Stack, runId: string): Promise<Map<string, number>> {
  const answer = await ask({ ...stack, url }, 'GET', `/v1/runs/${runId}/stream`)
  if (!answer.body) throw new Error(`stream: ${answer.status}`)
  const times = new Map<string, number>()
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    for (const [, id = ''] of text.matchAll(/^id: (\d+)$/gm)) times.set(id, performance.now())
  }
  return times
}

async function streamed({ step, note }: Bench, stack: Stack): Promise<void> {
  await step(`an event passes within ${streamedWithinMs} ms, in the median`, async () => {
    const [api = ''] = await stack.containers('api')
    const networks: Record<string, { IPAddress: string }> = JSON.parse(
      await inspect(api, '{{json .NetworkSettings.Networks}}'),
    )
    const address = Object.values(networks)[0]?.IPAddress
    const runId = await startRun(stack, 'slow')
    // The same events, past nginx and through it.
    const [past, through] = await Promise.all([
      arrivals(`http://${address}:8000`, stack, runId),
      arrivals(stack.url, stack, runId),
    ])
    const delays = [...through].flatMap(([id, at]) => at - (past.get(id) ?? Number.NaN)).sort((a, b) => a - b)
    if (delays.length < 30) throw new Error(`only ${delays.length} events came`)
    const median = delays[Math.floor(delays.length / 2)] ?? Number.NaN
    note(`an event passes in ${median.toFixed(1)} ms`)
    if (!(median <= streamedWithinMs)) throw new Error(`it took ${median} ms`)
  })
}

async function failedOver(bench: Bench, stack: Stack): Promise<void> {
  const { step, signal } = bench
  const [api = ''] = await stack.containers('api')
  const replicas = () => stack.compose('exec', '-T', 'nginx', 'cat', '/tmp/replicas.conf')
  const peer = `${api}-peer`
  const networks = Object.keys(JSON.parse(await inspect(api, '{{json .NetworkSettings.Networks}}')))
  const [network = ''] = networks.filter(name => name.endsWith('_inside'))
  await step('a second replica that stops without a word costs no request', async () => {
    await stack.compose('up', '--detach', '--wait', '--no-recreate', '--scale=api=2')
    await until('nginx knows both', signal, async () => (await replicas()).split('server').length === 3)
    const victim = (await stack.containers('api')).find(name => name !== api) ?? ''
    const [, statuses] = await Promise.all([
      docker('kill', victim),
      (async () => {
        const seen = new Set<number>()
        for (let request = 0; request < 60; request += 1) seen.add((await ask(stack, 'GET', '/v1/agents')).status)
        return [...seen]
      })(),
    ])
    equal(statuses, [200])
    await mainJob(stack)
  })
  await step('a WebSocket is opened through it', async () => {
    const echo = `Bun.serve({ port: 8000, fetch: (r, s) => s.upgrade(r) ? undefined : new Response('{}'), websocket: { message: (ws, text) => ws.send(text) } })`
    await startContainer(
      bench,
      peer,
      `--network=${network}`,
      '--network-alias=api',
      'oven/bun:1.4.5-slim',
      'bun',
      '-e',
      echo,
    )
    await stack.compose('stop', 'api')
    await until('nginx knows the other one only', signal, async () => (await replicas()).split('server').length === 2)
    // The other one may be known before it listens.
    await until('an echo comes back', signal, async () => (await echoed(stack)) === 'hello')
  })
}

/** What comes back of "hello"; null: the socket was not opened. */
function echoed({ url, ca }: Client): Promise<unknown> {
  const socket = new WebSocket(`${url.replace('https', 'wss')}/anything`, { tls: { ca } } as Bun.WebSocketOptions)
  return new Promise<unknown>(resolve => {
    socket.onopen = () => socket.send('hello')
    socket.onmessage = event => resolve(event.data)
    socket.onerror = () => resolve(null)
  }).finally(() => socket.close())
}
