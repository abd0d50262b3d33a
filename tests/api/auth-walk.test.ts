import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { allRoutes } from '../../src/cli/openapi.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { type Service, startService } from '../support/service.ts'
import { type ApiDocument, operationsOf, requiredQuery } from './openapi-document.ts'

const open = [
  '/health',
  '/ready',
  '/swagger',
  '/swagger/json',
  '/swagger/assets/:file',
  '/approve',
  '/console',
  '/console/*',
  '/console/assets/:file',
  '/console/session',
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/mcp',
]

let database: TestDatabase
let service: Service
beforeAll(async () => {
  database = await createDatabase('sqlite')
  service = await startService({ env: { DATABASE_URL: database.url } })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const routes = allRoutes().routes.map(({ method, path }) => ({ method, path: path.replace(/(?<=.)\/$/, '') }))
const closed = routes.filter(({ path }) => !open.includes(path))

/** An answer's status with what it was asked for. */
async function ask(method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
  const response = await fetch(service.url + path.replaceAll(/:\w+/g, 'x'), {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  await response.body?.cancel()
  return { method, path, status: response.status }
}

describe('without a key', () => {
  test('every route but the open ones answers 401', async () => {
    expect(closed.length).toBeGreaterThan(20)
    for (const { method, path } of closed) expect(await ask(method, path)).toEqual({ method, path, status: 401 })
  })

  test('so do paths and methods that do not exist', async () => {
    const others = [
      ['GET', '/'],
      ['GET', '/v1'],
      ['GET', '/v1/secrets'],
      ['DELETE', '/v1/runs'],
      ['OPTIONS', '/v1/runs'],
      ['GET', '/health/../v1/runs'],
      ['GET', '/swagger/..%2fv1/runs'],
      ['GET', '/swaggerish'],
      ['GET', '/healthy'],
    ] as const
    for (const [method, path] of others) {
      const { status } = await ask(method, path)
      // Below an open path there is nothing but what is open.
      expect({ path, status }).toEqual({ path, status: path.startsWith('/swagger/') ? 404 : 401 })
    }
  })

  test('the open ones answer', async () => {
    for (const path of ['/health', '/ready', '/swagger', '/swagger/json', '/swagger/assets/swagger-ui.css']) {
      expect(await ask('GET', path)).toEqual({ method: 'GET', path, status: 200 })
    }
  })
})

describe('with a key that is not known', () => {
  const wrong: Record<string, string>[] = [
    { authorization: 'Bearer bh_not_a_key_of_this_service' },
    { 'x-api-key': 'bh_not_a_key_of_this_service' },
    { authorization: 'Basic YWRtaW46YWRtaW4=' },
    { authorization: 'Bearer ' },
    { 'x-api-key': '' },
  ]

  test('every route but the open ones answers 401', async () => {
    for (const headers of wrong) {
      for (const { method, path } of closed) {
        expect(await ask(method, path, headers)).toEqual({ method, path, status: 401 })
      }
    }
  })
})

describe('with a key for something else', () => {
  test('every route answers 403, and only with its scope it does not', async () => {
    const document = (await (await fetch(`${service.url}/swagger/json`)).json()) as ApiDocument // its shape is tested beside
    const other = { 'metrics:read': await keyFor('runs:read') }
    const metrics = await keyFor('metrics:read')
    for (const { name, operation } of operationsOf(document)) {
      const [scope] = operation.security?.[0]?.bearer ?? []
      if (scope === undefined) continue
      const [method = '', named = ''] = name.replaceAll(/\{\w+\}/g, 'X').split(' ')
      const path = named + requiredQuery(operation)
      const key = scope === 'metrics:read' ? other[scope] : metrics
      const example = operation.requestBody?.content['application/json']?.example
      // A key gives no more than it has.
      const body = operation.operationId === 'createKey' ? { name: 'same', scopes: [scope] } : example
      expect(await ask(method, path, { 'x-api-key': key }, body)).toEqual({ method, path, status: 403 })
      const { status } = await ask(method, path, { authorization: `Bearer ${await keyFor(scope)}` }, body)
      expect({ name, refused: [401, 403].includes(status) }).toEqual({ name, refused: false })
    }
  }, 60_000)
})

const known = new Map<string, string>()

/** A key of that scope alone. */
async function keyFor(scope: string): Promise<string> {
  const made = known.get(scope)
  if (made) return made
  const answer = await service.request('POST', '/v1/keys', { name: scope, scopes: [scope] })
  const { key } = (await answer.json()) as { key?: string } // a string where it was made
  if (key === undefined) throw new Error(`No key was made for ${scope}: ${answer.status}`)
  known.set(scope, key)
  return key
}
