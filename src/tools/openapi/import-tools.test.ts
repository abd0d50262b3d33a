import { expect, test } from 'bun:test'
import { toolSchema } from '../../agents/tools/schema.ts'
import type { Json } from '../../json.ts'
import { importTools } from './import-tools.ts'

const shop = {
  openapi: '3.0.3',
  servers: [{ url: 'https://{region}.shop.example/v1/', variables: { region: { default: 'eu' } } }],
  paths: {
    '/orders/{order-id}': {
      parameters: [{ $ref: '#/components/parameters/OrderId' }],
      get: {
        operationId: 'getOrder',
        summary: 'Read an order',
        parameters: [
          { name: 'expand[]', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
          { name: 'X-Tenant', in: 'header', required: true, schema: { type: 'string' } },
          { name: 'Authorization', in: 'header', required: true, schema: { type: 'string' } },
          { name: 'session', in: 'cookie', schema: { type: 'string' } },
        ],
      },
      put: {
        parameters: [{ name: 'order-id', in: 'path', required: true, schema: { type: 'integer' } }],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } },
        },
      },
      delete: { operationId: 'delete order!' },
    },
    '/orders': {
      post: {
        operationId: 'createOrder',
        requestBody: { content: { 'application/vnd.shop+json': { schema: { $ref: '#/components/schemas/Order' } } } },
      },
      patch: { operationId: 'uploadOrders', requestBody: { required: true, content: { 'multipart/form-data': {} } } },
    },
    '/session': { get: { operationId: 'me', parameters: [{ name: 'sid', in: 'cookie', required: true }] } },
    '/elsewhere': { get: { operationId: 'away', parameters: [{ $ref: 'other.yaml#/Id' }] } },
  },
  components: {
    parameters: {
      OrderId: { name: 'order-id', in: 'path', required: true, description: 'Its number.', schema: { type: 'string' } },
    },
    schemas: {
      Order: {
        type: 'object',
        required: ['lines'],
        properties: {
          note: { type: 'string', nullable: true, example: 'none' },
          lines: { type: 'array', items: { $ref: '#/components/schemas/Line' } },
        },
      },
      Line: { type: 'object', properties: { part: { $ref: '#/components/schemas/Line' }, count: { type: 'integer' } } },
    },
  },
}

const imported = (document: Json = shop, more: object = {}) => importTools({ document, ...more })
const tool = (name: string) => {
  const found = imported().tools.find(one => one.name === name)
  if (!found) throw new Error(`There is no ${name}.`)
  return found
}

test('makes of each operation a tool whose name a model can say', () => {
  expect(imported().tools.map(({ name, effect }) => [name, effect])).toEqual([
    ['getOrder', 'none'],
    ['put_orders_order-id', 'idempotent'],
    ['delete_order', 'idempotent'],
    ['createOrder', 'once'],
  ])
})

test('puts parameters where they belong', () => {
  expect(tool('getOrder')).toEqual({
    name: 'getOrder',
    description: 'Read an order',
    effect: 'none',
    http: {
      method: 'GET',
      url: 'https://eu.shop.example/v1/orders/{order_id}?expand%5B%5D={expand_}',
      headers: { 'x-tenant': '{X_Tenant}' },
    },
    input_schema: {
      type: 'object',
      properties: {
        order_id: { type: 'string', description: 'Its number.' },
        expand_: { type: 'array', items: { type: 'string' } },
        X_Tenant: { type: 'string' },
      },
      required: ['order_id', 'X_Tenant'],
      additionalProperties: false,
    },
  })
})

test('takes an operation’s own parameter instead of its path’s', () => {
  expect(tool('put_orders_order-id').input_schema.properties).toMatchObject({ order_id: { type: 'integer' } })
})

test('fills references in, and comes to an end where they lead back', async () => {
  const { http, input_schema } = tool('createOrder')
  expect(http.body).toBe('{body}')
  expect(input_schema.properties).toMatchObject({
    body: {
      required: ['lines'],
      properties: {
        note: { type: ['string', 'null'] },
        lines: { items: { properties: { count: { type: 'integer' } } } },
      },
    },
  })
  for (const { input_schema } of imported().tools) await toolSchema(input_schema)
})

test('says which operations cannot be tools, and why', () => {
  expect(imported().leftOut).toEqual([
    { operation: 'uploadOrders', reason: 'It wants its body as multipart/form-data, and not as JSON.' },
    { operation: 'me', reason: 'It needs the cookie sid.' },
    { operation: 'away', reason: 'other.yaml#/Id leads out of the document.' },
  ])
})

test('makes those that are wanted, with the server and the headers that are given', () => {
  const headers = { authorization: 'Bearer {{SHOP}}' }
  const { tools } = imported(shop, { operations: ['PUT /orders/{order-id}'], server: 'https://test.example', headers })
  expect(tools).toMatchObject([{ http: { url: 'https://test.example/orders/{order_id}', headers } }])
  const relative = { ...shop, servers: [{ url: '/api' }] }
  expect(imported(relative, { documentUrl: 'https://shop.example/docs/openapi.json' }).tools[0]?.http.url).toStartWith(
    'https://shop.example/api/orders/',
  )
})

test.each([
  [{ swagger: '2.0' }, {}, '/document'],
  [{ openapi: '3.1.0' }, {}, '/document'],
  [shop, { operations: ['nobody'] }, '/operations'],
  [{ ...shop, servers: [{ url: '/api' }] }, {}, '/server'],
  ['text', {}, '/document'],
] satisfies [Json, object, string][])('refuses %p', (document, more, path) => {
  expect(() => importTools({ document, ...more })).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ path })] }),
  )
})
