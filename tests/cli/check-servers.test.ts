import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Cli, openCli } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { type Env, findingsOf } from './findings.ts'

let cli: Cli
beforeEach(async () => {
  cli = await openCli()
})
afterEach(() => cli[Symbol.asyncDispose]())

const check = (env: Env) => findingsOf(cli, { PORT: '0', ...env })

/** Takes connections and says nothing, ever. */
const silentServer = () => Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })

describe('Postgres', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createDatabase('postgres')
  })
  afterEach(() => database[Symbol.asyncDispose]())

  test('is told with its version and migrations, and is not touched', async () => {
    const first = await check({ DATABASE_URL: database.url })
    expect(first.code).toBe(0)
    expect(first.of('database')).toMatchObject([
      { level: 'ok', text: expect.stringMatching(/^Postgres \d.*, database bunkhouse_\w+ on 127\.0\.0\.1:\d+$/) },
      { level: 'note', text: expect.stringMatching(/^\d+ to apply/) },
    ])
    await cli.run(['migrate'], { env: { DATABASE_URL: database.url } })
    const second = await check({ DATABASE_URL: database.url })
    expect(second.of('database').at(-1)).toMatchObject({ level: 'ok', text: expect.stringContaining('the newest') })
    expect(second.of('redis')).toMatchObject([{ level: 'note', text: expect.stringContaining('not configured') }])
  })

  test('with too few connections for the pool is a warning', async () => {
    const { code, of } = await check({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: '500' })
    expect(code).toBe(0)
    expect(of('database')).toContainEqual(
      expect.objectContaining({ level: 'warn', advice: 'Lower DATABASE_POOL_SIZE, or raise max_connections.' }),
    )
  })

  test('that only reads fails', async () => {
    const url = new URL(database.url)
    url.searchParams.set('options', '-c default_transaction_read_only=on')
    const { code, of } = await check({ DATABASE_URL: url.href })
    expect(code).toBe(1)
    expect(of('database')).toContainEqual(expect.objectContaining({ level: 'fail', text: 'it takes no writes' }))
  })

  test('without the database fails, and says to make it', async () => {
    const url = new URL(database.url)
    url.pathname = '/nowhere'
    const { code, of } = await check({ DATABASE_URL: url.href })
    expect(code).toBe(1)
    expect(of('database')).toMatchObject([
      {
        level: 'fail',
        text: expect.stringContaining('"nowhere" does not exist'),
        advice: expect.stringContaining('Create'),
      },
    ])
  })

  test('that cannot be reached fails without its password', async () => {
    const { code, of, stdout } = await check({ DATABASE_URL: 'postgres://me:hunter2hunter2@127.0.0.1:1/name' })
    expect(code).toBe(1)
    expect(of('database')).toMatchObject([
      { level: 'fail', text: expect.stringContaining('127.0.0.1:1 cannot be used') },
    ])
    expect(stdout).not.toContain('hunter2')
  })

  test('that does not answer fails within seconds', async () => {
    using server = silentServer()
    const { code, of } = await check({ DATABASE_URL: `postgres://me@127.0.0.1:${server.port}/name` })
    expect(code).toBe(1)
    expect(of('database')).toMatchObject([{ level: 'fail', text: expect.stringContaining('no answer within 5 s') }])
  })
})

describe('Redis', () => {
  test('that answers is well', async () => {
    const { of } = await check({ REDIS_URL: process.env.TEST_REDIS_URL })
    expect(of('redis')).toMatchObject([
      { level: 'ok', text: expect.stringMatching(/^Redis \d\S*, 127\.0\.0\.1:\d+ answers$/) },
    ])
  })

  test('that does not answer fails within seconds, without its password', async () => {
    using server = silentServer()
    const { code, of, stdout } = await check({ REDIS_URL: `redis://:hunter2hunter2@127.0.0.1:${server.port}` })
    expect(code).toBe(1)
    expect(of('redis')).toMatchObject([{ level: 'fail', text: expect.stringContaining('does not answer') }])
    expect(stdout).not.toContain('hunter2')
  })
})

describe('model providers', () => {
  /** A provider that lists its models to whoever has the key. */
  const providerWith = (answer: (request: Request) => Response | Promise<Response>) =>
    Bun.serve({ hostname: '127.0.0.1', port: 0, idleTimeout: 0, fetch: answer })
  const withKey = providerWith.bind(null, request => {
    const { pathname } = new URL(request.url)
    const key = request.headers.get('authorization') ?? request.headers.get('x-api-key')
    if (pathname !== '/v1/models') return new Response('no such route', { status: 404 })
    return Response.json({ data: [] }, { status: key?.includes('good-key-of-mine') ? 200 : 401 })
  })
  const models = async (env: Env) => (await check(env)).of('models')

  test.each([['OPENAI'], ['ANTHROPIC'], ['DEEPSEEK'], ['LAB']])('%s that takes the key is well', async name => {
    using server = withKey()
    const env = { [`${name}_API_KEY`]: 'good-key-of-mine', [`${name}_BASE_URL`]: `${server.url}v1` }
    expect(await models(env)).toContainEqual(
      expect.objectContaining({
        level: 'ok',
        text: `${name.toLowerCase()} at 127.0.0.1:${server.port} answers and takes the key`,
      }),
    )
  })

  test('that refuses the key fails, and the key is not shown', async () => {
    using server = withKey()
    const { code, of, stdout } = await check({ OPENAI_API_KEY: 'bad-key-of-mine', OPENAI_BASE_URL: `${server.url}v1` })
    expect(code).toBe(1)
    expect(of('models')).toContainEqual({
      level: 'fail',
      area: 'models',
      text: `openai at 127.0.0.1:${server.port} refuses the key (401)`,
      advice: 'Set OPENAI_API_KEY to a valid key.',
    })
    expect(stdout).not.toContain('bad-key-of-mine')
  })

  test('that wants a key fails', async () => {
    using server = withKey()
    expect(await models({ LAB_BASE_URL: `${server.url}v1` })).toContainEqual(
      expect.objectContaining({ level: 'fail', text: expect.stringContaining('wants a key') }),
    )
  })

  test.each([
    [404, 'ok'],
    [429, 'warn'],
    [500, 'warn'],
    [302, 'warn'],
  ])('that answers with %d is: %s', async (status, level) => {
    using server = providerWith(() => new Response(null, { status, headers: { location: 'https://example.invalid/' } }))
    expect(await models({ LAB_BASE_URL: `${server.url}v1` })).toContainEqual(
      expect.objectContaining({ level, text: expect.stringContaining('lab at') }),
    )
  })

  test('that cannot be reached, or does not answer, fails within seconds', async () => {
    using server = silentServer()
    const found = await models({
      LAB_BASE_URL: `http://127.0.0.1:${server.port}/v1`,
      OTHER_BASE_URL: 'http://user:hunter2hunter2@127.0.0.1:1/v1',
    })
    expect(found).toContainEqual(
      expect.objectContaining({ level: 'fail', text: expect.stringContaining('does not answer within 5 s') }),
    )
    expect(found).toContainEqual(
      expect.objectContaining({ level: 'fail', text: 'other at 127.0.0.1:1 cannot be reached' }),
    )
  })

  test('that are not configured are only noted', async () => {
    const { code, of } = await check({})
    expect(code).toBe(0)
    expect(of('models').at(-1)).toMatchObject({
      level: 'note',
      text: 'not configured: openai, anthropic, dashscope, deepseek',
    })
  })
})
