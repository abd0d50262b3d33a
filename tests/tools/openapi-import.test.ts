import { expect, test } from 'bun:test'
import { must, startStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'

/** A shop with an OpenAPI document in YAML. */
function startShop() {
  const asked: string[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async request => {
      const { pathname, search } = new URL(request.url)
      if (pathname === '/openapi.yaml') {
        return new Response(`openapi: 3.1.0
servers: [{ url: / }]
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters:
        - { name: id, in: path, required: true, schema: { type: string } }
        - { name: currency, in: query, schema: { type: string } }
  /refunds:
    post:
      operationId: refund
      requestBody:
        content: { application/json: { schema: { type: object, properties: { order: { type: string } } } } }
`)
      }
      asked.push(
        `${request.method} ${pathname}${search} ${await request.text()} ${request.headers.get('authorization')}`,
      )
      return Response.json({ ok: true })
    },
  })
  return { url: server.url.href, asked, [Symbol.dispose]: () => void server.stop(true) }
}

test.each(engines)('an agent is given the operations of a document as tools, on %s', async engine => {
  using shop = startShop()
  await using stage = await startStage(engine, { EGRESS_ALLOW: '127.0.0.1' })
  const { call, provider } = stage
  await must(200, call('PUT', '/v1/secrets/SHOP', { value: 'a token of the shop' }))
  const headers = { authorization: 'Bearer {{SHOP}}' }
  const { body } = await must(
    200,
    call<{ tools: object[]; left_out: object[] }>('POST', '/v1/tools/openapi', {
      url: `${shop.url}openapi.yaml`,
      headers,
    }),
  )
  expect(body).toMatchObject({ tools: [{ name: 'getOrder' }, { name: 'refund' }], left_out: [] })
  provider.script('m', [
    {
      toolCalls: [
        { name: 'getOrder', input: { id: 'a/b', currency: 'EUR' } },
        { name: 'refund', input: { body: { order: '7' } } },
      ],
    },
    { text: 'done' },
  ])
  await must(201, call('POST', '/v1/agents', { name: 'clerk', model: 'fake/m', tools: body.tools }))
  const { id } = await stage.run({ agent: 'clerk' })
  expect(await stage.finished(id)).toMatchObject({ status: 'completed', output: 'done' })
  expect(shop.asked.toSorted()).toEqual([
    'GET /orders/a%2Fb?currency=EUR  Bearer a token of the shop',
    'POST /refunds {"order":"7"} Bearer a token of the shop',
  ])
})

test('a document is fetched from no address that is not public, and not at all where it cannot be read', async () => {
  using shop = startShop()
  await using stage = await startStage('sqlite')
  for (const body of [
    { url: `${shop.url}openapi.yaml` },
    { url: 'http://169.254.169.254/openapi.json' },
    {},
    { document: {}, url: shop.url },
  ])
    expect((await stage.call('POST', '/v1/tools/openapi', body)).status).toBe(422)
  expect(shop.asked).toEqual([])
})
