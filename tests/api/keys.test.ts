import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readConfig } from '../../src/config.ts'
import { type OpenDatabase, openDatabase } from '../../src/db/open.ts'
import { revokeKey } from '../../src/keys/change-key.ts'
import { createKey } from '../../src/keys/create-key.ts'
import type { Scope } from '../../src/keys/scope.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { engines } from '../support/database.ts'
import { program } from '../support/program.ts'
import { startService } from '../support/service.ts'
import { head, rawConnection, statusOf } from './raw-http.ts'
import { type ProblemView, runBody, useStage } from './stage.ts'

const minute = 60_000
const operator = { tenantId: 'default', keyId: null }

describe.each(engines)('API keys on %s', engine => {
  const stage = useStage(engine)
  let opened: OpenDatabase
  beforeAll(async () => {
    const { database } = readConfig({ DATABASE_URL: stage().database.url })
    opened = await openDatabase(database, { own: false })
  })
  afterAll(() => opened.close())

  const app = () => ({ database: opened.database, clock: systemClock, emit: () => {}, forgetKeys: () => {} })
  const newKey = (scopes: Scope[], expiresAt: number | null = null) =>
    createKey(app(), operator, { name: 'test', scopes, expiresAt })

  const get = async (headers: Record<string, string>, path = '/v1/runs') => {
    const response = await fetch(stage().service.url + path, { headers })
    return { status: response.status, headers: response.headers, body: (await response.json()) as ProblemView } // ours
  }
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })

  test('200 with a key in either header', async () => {
    const { secret } = await newKey(['runs:read'])
    expect((await get(bearer(secret))).status).toBe(200)
    expect((await get({ 'x-api-key': secret })).status).toBe(200)
    expect((await get({ authorization: `bearer ${secret}` })).status).toBe(200)
    expect((await get({ authorization: `BEARER  ${secret}` })).status).toBe(200)
  })

  test('401 without a key, saying how to send one', async () => {
    const { status, headers, body } = await get({})
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toBe('Bearer')
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(body).toMatchObject({ code: 'unauthorized', detail: expect.stringContaining('x-api-key') })
  })

  test('401 for what is no key', async () => {
    const { secret } = await newKey(['admin'])
    const wrong: Record<string, string>[] = [
      bearer(`${secret}x`),
      bearer(secret.slice(0, -1)),
      bearer(secret.toLowerCase()),
      bearer(`bh_${'A'.repeat(43)}`),
      bearer(''),
      bearer(`${secret} ${secret}`),
      { authorization: secret },
      { authorization: `Basic ${btoa(`user:${secret}`)}` },
      { authorization: `Token ${secret}` },
      { 'x-api-key': '' },
      { 'x-api-key': `Bearer ${secret}` },
      // The first header counts: a good second one does not save a wrong first one.
      { ...bearer('wrong'), 'x-api-key': secret },
      { cookie: `key=${secret}` },
    ]
    for (const headers of wrong)
      expect({ headers, status: (await get(headers)).status }).toEqual({ headers, status: 401 })
    expect((await get({}, `/v1/runs?key=${secret}&api_key=${secret}`)).status).toBe(401)
  })

  test('401 for a key that is not ASCII, or very long', async () => {
    const connection = await rawConnection(stage().service)
    connection.send(head({ key: '\xff\xfe\xc3\x28' }, 'GET /v1/runs'))
    expect(statusOf(await connection.until('unauthorized'))).toBe(401)
    await connection.cut()
    expect((await get(bearer('k'.repeat(8_000)))).status).toBe(401)
  })

  test('the answer to a wrong key does not repeat it', async () => {
    const { body } = await get(bearer('bh_something_secret'))
    expect(JSON.stringify(body)).not.toContain('something_secret')
    expect(stage().service.output()).not.toContain('something_secret')
  })

  test('403 for a key without the scope, naming it', async () => {
    const { secret } = await newKey(['runs:read'])
    const { call } = stage()
    const { status, body } = await call('POST', '/v1/runs', runBody(), bearer(secret))
    expect(status).toBe(403)
    expect(body).toMatchObject({ code: 'forbidden', detail: 'The key needs the scope runs:write.' })
    expect((await call('GET', '/v1/threads', undefined, bearer(secret))).status).toBe(403)
    expect((await call('POST', '/chat', { message: 'x' }, bearer(secret))).status).toBe(403)
  })

  test('a body is not looked at before the scope', async () => {
    const { secret } = await newKey(['runs:read'])
    for (const body of ['{', { agent: 1 }, 'x'.repeat(100_000)]) {
      expect((await stage().call('POST', '/v1/runs', body, bearer(secret))).status).toBeOneOf([403, 400, 422])
    }
  })

  test('a key with several scopes may do what each allows, and no more', async () => {
    const { secret } = await newKey(['runs:write', 'threads:read'])
    const { call } = stage()
    expect((await call('POST', '/v1/runs', runBody(), bearer(secret))).status).toBe(202)
    expect((await call('GET', '/v1/threads', undefined, bearer(secret))).status).toBe(200)
    expect((await call('GET', '/v1/runs', undefined, bearer(secret))).status).toBe(403)
    expect((await call('POST', '/v1/threads', {}, bearer(secret))).status).toBe(403)
  })

  test('401 for an expired key', async () => {
    const { secret } = await newKey(['admin'], systemClock.now() - minute)
    expect((await get(bearer(secret))).status).toBe(401)
  })

  test('a key ends at its time, also when it was in use a moment ago', async () => {
    const { secret } = await newKey(['admin'], systemClock.now() + 700)
    expect((await get(bearer(secret))).status).toBe(200)
    const run = await stage().run({ delay_seconds: 3_600 })
    await stage().call('GET', `/v1/runs/${run.id}/wait?timeout_seconds=0.8`)
    expect((await get(bearer(secret))).status).toBe(401)
  })

  test('401 for a revoked key', async () => {
    const { key, secret } = await newKey(['admin'])
    await revokeKey(app(), operator, key.id)
    expect((await get(bearer(secret))).status).toBe(401)
  })

  // What the process remembers of keys is the same on both engines.
  if (engine === 'sqlite')
    test('401 for a key that was in use, within 5 seconds of being revoked', async () => {
      const { key, secret } = await newKey(['admin'])
      expect((await get(bearer(secret))).status).toBe(200)
      await revokeKey(app(), operator, key.id)
      const run = await stage().run({ delay_seconds: 3_600 })
      const revokedAt = performance.now()
      while ((await get(bearer(secret))).status === 200) {
        expect(performance.now() - revokedAt).toBeLessThan(20_000)
        await stage().call('GET', `/v1/runs/${run.id}/wait?timeout_seconds=0.25`)
      }
      expect((await get(bearer(secret))).status).toBe(401)
    })

  test('a key of the command line works while the service runs, and ends by it', async () => {
    const cli = async (...args: string[]) => {
      const child = Bun.spawn([...program, 'keys', ...args], {
        env: { PATH: process.env.PATH, DATABASE_URL: stage().database.url },
        stdout: 'pipe',
        stderr: 'ignore',
      })
      const text = await child.stdout.text()
      expect(await child.exited).toBe(0)
      return text
    }
    const secret = /bh_\w+/.exec(await cli('create', 'from the shell', '--scope', 'threads:read'))?.[0] ?? ''
    expect((await get(bearer(secret), '/v1/threads')).status).toBe(200)
    expect((await get(bearer(secret), '/v1/runs')).status).toBe(403)
    expect(await cli('list')).toContain('from the shell')
    const id = /key_\w+(?=[^\n]*from the shell)/.exec(await cli('list'))?.[0] ?? ''
    await cli('revoke', id)
    expect(await cli('list')).toMatch(/revoked .*from the shell/)
  })

  test('a wrong key on an open path does no harm', async () => {
    for (const path of ['/health', '/ready']) expect((await get(bearer('wrong'), path)).status).toBe(200)
  })

  test('a request with a wrong key is refused without its body being read', async () => {
    const connection = await rawConnection(stage().service)
    connection.send(
      head({ key: 'wrong' }, 'POST /v1/runs', { 'content-type': 'application/json', 'content-length': '50' }),
    )
    expect(statusOf(await connection.until('unauthorized'))).toBe(401)
    await connection.cut()
  })
})

describe('the first key', () => {
  test('is made and printed once where there is none, and is an admin key', async () => {
    await using service = await startService({ env: { BUNKHOUSE_API_KEY: undefined } })
    await service.said('bh_')
    const secret = /bh_[A-Za-z0-9]{43}/.exec(service.output())?.[0] ?? ''
    expect(service.output().split(secret)).toHaveLength(2)
    const response = await fetch(`${service.url}/metrics`, { headers: { authorization: `Bearer ${secret}` } })
    expect(response.status).toBe(200)
  })
})
