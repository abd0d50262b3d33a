import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type AgentView, must, type RunView, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'

const token = 'a-token-that-nobody-may-see-0123456789'

/** A server of somebody's, which says back what it was sent. */
function startShop() {
  const seen: { method: string; path: string; headers: Record<string, string>; body: string }[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    development: false,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const body = await request.text()
      const headers = Object.fromEntries(request.headers)
      seen.push({ method: request.method, path: pathname + search, headers, body })
      if (pathname.startsWith('/broken'))
        return new Response(`no such order, ${headers.authorization}`, { status: 404 })
      if (pathname.startsWith('/away')) return Response.redirect('http://169.254.169.254/latest/meta-data', 302)
      if (pathname.startsWith('/long')) return new Response('x'.repeat(2_000_000))
      return Response.json({ order: { id: pathname.split('/').at(-1), said: headers.authorization ?? null, body } })
    },
  })
  return { url: `http://127.0.0.1:${server.port}`, seen, stop: () => server.stop(true) }
}

describe.each(engines)('HTTP tools on %s', engine => {
  const shop = startShop()
  afterAll(() => shop.stop())
  const stage = useStage(engine, { EGRESS_ALLOW: '127.0.0.1' })
  const id = { type: 'object', properties: { id: { type: 'string' }, note: { type: 'string' } }, required: ['id'] }
  const tool = (http: object, more: object = {}) => ({
    name: 'order',
    description: 'Looks an order up.',
    input_schema: id,
    http,
    ...more,
  })
  const headers = { authorization: 'Bearer {{SHOP_TOKEN}}' }

  beforeAll(async () => {
    await must(200, stage().call('PUT', '/v1/secrets/SHOP_TOKEN', { value: token }))
  })

  /** What the tool's call came to, in a run whose model calls it once. */
  const called = async (tools: unknown[], input: object = { id: '42' }) => {
    const turns = [{ toolCalls: [{ name: 'order', input }] }, { text: 'ok' }]
    const agent = await stage().agent(turns, { tools })
    const run = await stage().finished((await stage().run({ agent })).id)
    expect(run.status).toBe('completed')
    const events = await stage().events(run.id)
    expect(JSON.stringify(events)).not.toContain(token)
    return events.find(({ type }) => type === 'tool.result')?.data
  }

  test('the model gets what the answer holds, and nobody is shown the secret', async () => {
    const result = await called([tool({ url: `${shop.url}/orders/{id}?note={note}`, headers, select: '/order' })])
    expect(result).toMatchObject({ is_error: false, output: { id: '42', said: 'Bearer ***' } })
    expect(shop.seen.at(-1)).toMatchObject({
      method: 'GET',
      path: '/orders/42',
      headers: { authorization: `Bearer ${token}` },
    })
  })

  test('a body is sent as JSON, and one that may be repeated with the key of its call', async () => {
    const http = {
      method: 'POST',
      url: `${shop.url}/orders`,
      headers,
      body: { order: '{id}', note: '{note}', fixed: [1] },
    }
    await called([tool(http, { effect: 'idempotent' })], { id: '7', note: 'now' })
    expect(shop.seen.at(-1)).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': expect.stringMatching(/^[0-9a-f]{64}$/) },
      body: JSON.stringify({ order: '7', note: 'now', fixed: [1] }),
    })
  })

  test('a failure is told to the model, without the secret that the server said back', async () => {
    const result = await called([tool({ url: `${shop.url}/broken/{id}`, headers })])
    expect(result).toMatchObject({ is_error: true, output: expect.stringContaining('404: no such order, Bearer ***') })
  })

  test('a redirect to where nobody may ask is refused', async () => {
    const result = await called([tool({ url: `${shop.url}/away` })])
    expect(result).toMatchObject({ is_error: true, output: expect.stringContaining('169.254.169.254') })
  })

  test('an answer that is too long is an error, not a longer conversation', async () => {
    const result = await called([tool({ url: `${shop.url}/long` })])
    expect(result).toMatchObject({ is_error: true })
  })

  test('a secret that is not there is an error for the model to read', async () => {
    const result = await called([tool({ url: `${shop.url}/x`, headers: { 'x-key': '{{NO_SUCH}}' } })])
    expect(result).toMatchObject({ is_error: true, output: expect.stringContaining('NO_SUCH') })
  })

  test('what changes something is not repeated unless its maker says so', async () => {
    const agent = await stage().agent([], { tools: [tool({ method: 'POST', url: `${shop.url}/x`, body: {} })] })
    const { body } = await must(200, stage().call<AgentView>('GET', `/v1/agents/${agent}`))
    expect(body.tools).toMatchObject([{ name: 'order', effect: 'once', http: { method: 'POST' } }])
  })

  test.each([
    ['a host from the input', { url: 'https://{id}.example.com/' }],
    ['a host that goes on in a place', { url: 'https://example.com{id}/' }],
    ['an address of the machine', { url: 'http://[::1]/' }],
    ['the address of metadata', { url: 'http://169.254.169.254/latest' }],
    ['another protocol', { url: 'file:///etc/passwd' }],
    ['a field that the input has not', { url: 'https://example.com/{no_such}' }],
    ['a body of a GET', { url: 'https://example.com/', body: {} }],
    ['a pointer that is none', { url: 'https://example.com/', select: 'order' }],
  ])('refused: %s', async (_what, http) => {
    const body = { name: 'refused', model: 'builtin/echo', tools: [tool(http)] }
    expect((await stage().call('POST', '/v1/agents', body)).status).toBe(422)
  })

  test('tools of the service itself are taken by name', async () => {
    const turns = [
      {
        toolCalls: [
          { name: 'now', input: { timezone: 'Asia/Tokyo' }, id: 'a' },
          { name: 'http_fetch', input: { url: `${shop.url}/page` }, id: 'b' },
        ],
      },
      { text: 'ok' },
    ]
    const agent = await stage().agent(turns, { tools: ['now', 'http_fetch'] })
    const run = await stage().finished((await stage().run({ agent })).id)
    const results = (await stage().events(run.id)).filter(({ type }) => type === 'tool.result').map(({ data }) => data)
    expect(results).toMatchObject([
      { is_error: false, output: { timezone: 'Asia/Tokyo' } },
      { is_error: false, output: { status: 200, type: 'application/json' } },
    ])
    const unknown = { name: 'unknown', model: 'builtin/echo', tools: ['rm_rf'] }
    expect((await stage().call('POST', '/v1/agents', unknown)).status).toBe(422)
  })

  test('ask_human waits for a person, and the answer goes to the model', async () => {
    const turns = [{ toolCalls: [{ name: 'ask_human', input: { question: 'Which one?' } }] }, { text: 'ok' }]
    const agent = await stage().agent(turns, { tools: ['ask_human'] })
    const { id: runId } = await stage().run({ agent })
    const path = `/v1/approvals?run_id=${runId}`
    const asked = async () =>
      (await stage().call<{ data: { id: string; kind: string; message: string }[] }>('GET', path)).body.data[0]
    let question = await asked()
    while (!question) question = await asked()
    expect(question).toMatchObject({ kind: 'question', message: 'Which one?' })
    const answer = { action: 'done', output: { answer: 'the blue one' } }
    expect(
      (await stage().call('POST', `/v1/approvals/${question.id}/resolve`, { action: 'done', output: 5 })).status,
    ).toBe(422)
    await must(200, stage().call('POST', `/v1/approvals/${question.id}/resolve`, answer))
    expect(await stage().finished(runId)).toMatchObject({ status: 'completed' } satisfies Partial<RunView>)
    const result = (await stage().events(runId)).find(({ type }) => type === 'tool.result')
    expect(result?.data).toMatchObject({ output: { answer: 'the blue one' }, is_error: false })
  })
})

describe.each(engines)('secrets on %s', engine => {
  const stage = useStage(engine, { BUNKHOUSE_SECRET_KEY: 'a passphrase for the tests' })

  test('are kept, listed by name, replaced and forgotten, and never shown', async () => {
    const { call } = stage()
    await must(200, call('PUT', '/v1/secrets/ONE', { value: token }))
    await must(200, call('PUT', '/v1/secrets/ONE', { value: `${token}2` }))
    const list = await call<{ data: { name: string }[] }>('GET', '/v1/secrets')
    expect(list.body.data.map(({ name }) => name)).toEqual(['ONE'])
    expect(JSON.stringify(list.body)).not.toContain(token)
    expect(JSON.stringify((await call('GET', '/v1/audit')).body)).not.toContain(token)
    expect((await call('PUT', '/v1/secrets/lower', { value: 'x' })).status).toBe(422)
    expect((await call('DELETE', '/v1/secrets/ONE')).status).toBe(204)
    expect((await call('DELETE', '/v1/secrets/ONE')).status).toBe(404)
    expect(stage().service.output()).not.toContain(token)
  })
})
