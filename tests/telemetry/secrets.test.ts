import { expect, test } from 'bun:test'
import { type Cli, openCli } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { startFakeProvider } from '../support/provider/server.ts'
import { type Service, startService } from '../support/service.ts'

// Every secret holds this word, so that a part of one is found too. None but those marked looks like a key.
const mark = 'planted'
const secrets = {
  adminKey: 'planted-admin-key-0123456789',
  providerKey: 'planted-provider-key-0123456789',
  databasePassword: 'plantedDatabasePassword',
  redisPassword: 'plantedRedisPassword',
  urlPassword: 'plantedUrlPassword',
  wrongBearer: 'sk-planted-wrong-bearer-012345', // looks like one
  wrongKey: 'bh_planted0wrong0key0012345', // looks like one
  thrown: 'sk-planted-thrown-by-a-file-012345', // looks like one
}

// What a tool throws is told to its model, so it is in the run's events; yet not in the log.
const toldByTool = 'somebody-a-tool-knows'

const files = {
  'agents/asker.ts': `import { defineAgent, defineTool } from 'bunkhouse'
const leak = defineTool({
  name: 'leak',
  description: 'Fails with a secret in its words',
  input: { type: 'object' },
  run: () => { throw new Error('cannot log in as ${toldByTool}') },
})
export default defineAgent({ name: 'asker', model: 'lab/asker', tools: [leak] })
`,
  'agents/broken.ts': `throw new Error('no access with ${secrets.thrown}')\n`,
}

interface World extends AsyncDisposable {
  service: Service
  cli: Cli
  database: TestDatabase
  provider: Awaited<ReturnType<typeof startFakeProvider>>
}

/** A service with a secret in every place that takes one, and its log as talkative as can be. */
async function openWorld(): Promise<World> {
  const provider = await startFakeProvider()
  const database = await createDatabase('postgres')
  const databaseUrl = new URL(database.url)
  databaseUrl.password = secrets.databasePassword
  const cli = await openCli(files)
  const service = await startService({
    cwd: cli.folder,
    env: {
      DATABASE_URL: databaseUrl.href,
      REDIS_URL: `redis://:${secrets.redisPassword}@127.0.0.1:1`,
      BUNKHOUSE_API_KEY: secrets.adminKey,
      LAB_BASE_URL: provider.baseUrl,
      LAB_API_KEY: secrets.providerKey,
      AWAY_BASE_URL: `http://user:${secrets.urlPassword}@127.0.0.1:1/v1`,
      AGENTS_DIR: './agents',
      LOG_LEVEL: 'trace',
    },
  })
  return {
    service,
    cli,
    database,
    provider,
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]()
      await cli[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
      await provider.stop()
    },
  }
}

test('no secret is in anything the service writes or answers, whatever fails', async () => {
  await using world = await openWorld()
  const { service, provider, database } = world
  const answers: string[] = []
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(service.url + path, init)
    answers.push(await answer.text(), JSON.stringify([...answer.headers]))
    return answer.status
  }
  const withKey = { authorization: `Bearer ${secrets.adminKey}` }
  const wait = async (agent: string) => {
    const body = JSON.stringify({ agent, input: 'go', max_attempts: 1 })
    const headers = { ...withKey, 'content-type': 'application/json' }
    expect(await ask('/v1/runs/wait', { method: 'POST', body, headers })).toBe(200)
    const [, id] = /"id":"(run_\w+)"/.exec(answers.at(-2) ?? '') ?? []
    expect(await ask(`/v1/runs/${id}/events?limit=500`, { headers: withKey })).toBe(200)
  }

  // Wrong keys, in every place one may be put.
  expect(await ask('/v1/runs', { headers: { authorization: `Bearer ${secrets.wrongBearer}` } })).toBe(401)
  expect(await ask('/v1/runs', { headers: { 'x-api-key': secrets.wrongKey } })).toBe(401)
  expect(await ask(`/v1/runs?api_key=${secrets.wrongKey}`)).toBe(401)
  expect(await ask('/v1/runs', { headers: { cookie: `session=${secrets.adminKey}` } })).toBe(401)
  await ask('/metrics', { headers: withKey })
  await ask('/ready')
  await ask('/swagger/json')

  // A provider that repeats its key: in a refusal, in a failure, in the middle of a stream; and one that is not there.
  const key = `Incorrect API key provided: ${secrets.providerKey}.`
  provider.script('asker', [
    { error: { status: 401, message: key } },
    { error: { status: 500, message: `Bearer ${secrets.providerKey} broke it` } },
    { text: ['a', 'b'], error: { after: 1, message: `authorization: Bearer ${secrets.providerKey}` } },
    { toolCalls: [{ name: 'leak', input: {} }] },
    { text: 'done' },
  ])
  for (let run = 0; run < 4; run++) await wait('asker')
  await service.request('POST', '/v1/agents', { name: 'away', model: 'away/model' })
  await wait('away')
  expect((await provider.request('asker', 1)).record.headers.authorization).toBe(`Bearer ${secrets.providerKey}`)

  // A database that goes away, with requests under way and statements that hold what clients sent.
  await database[Symbol.asyncDispose]()
  expect(await ask('/v1/runs', { headers: withKey })).toBeGreaterThanOrEqual(500)
  const body = JSON.stringify({ agent: 'echo', input: secrets.adminKey, metadata: { secret: secrets.urlPassword } })
  const headers = { ...withKey, 'content-type': 'application/json' }
  expect(await ask('/v1/runs', { method: 'POST', body, headers })).toBeGreaterThanOrEqual(500)
  expect(await ask('/ready')).toBe(503)
  await service.said('"msg":"request failed"')

  await service.stop()
  const output = service.output()
  expect(output).toContain('agent file is broken')
  expect(output).toContain('hints to other processes fail')
  expect(output.split('\n').filter(line => line.includes(mark) || line.includes(toldByTool))).toEqual([])
  expect(answers.filter(answer => answer.includes(mark))).toEqual([])
})

test('no secret is in what the commands write', async () => {
  await using cli = await openCli(files)
  const env = {
    DATABASE_URL: `postgres://me:${secrets.databasePassword}@127.0.0.1:1/name`,
    REDIS_URL: `redis://:${secrets.redisPassword}@127.0.0.1:1`,
    BUNKHOUSE_API_KEY: secrets.adminKey,
    LAB_BASE_URL: `http://user:${secrets.urlPassword}@127.0.0.1:1/v1`,
    LAB_API_KEY: secrets.providerKey,
    PORT: '0',
    LOG_LEVEL: 'trace',
  }
  for (const line of ['check', 'check --json', 'migrate', 'keys list', 'run echo hello', 'serve']) {
    const { code, stdout, stderr } = await cli.run(line.split(' '), { env })
    expect({ line, code }).toEqual({ line, code: 1 })
    expect(stdout + stderr).not.toBe('')
    expect((stdout + stderr).split('\n').filter(text => text.includes(mark))).toEqual([])
  }
})

test('no secret is in what a wrong configuration is told with', async () => {
  await using cli = await openCli()
  const env = {
    DATABASE_URL: `mysql://me:${secrets.databasePassword}@host/name`,
    REDIS_URL: `http://:${secrets.redisPassword}@host`,
    BUNKHOUSE_API_KEY: 'planted',
    OPENAI_BASE_URL: `ftp://user:${secrets.urlPassword}@host`,
  }
  for (const line of ['serve', 'check', 'check --json']) {
    const { code, stdout, stderr } = await cli.run(line.split(' '), { env })
    expect(code).toBe(2)
    for (const name of Object.keys(env)) expect(stdout + stderr).toContain(name)
    expect(stdout + stderr).not.toContain(mark)
  }
})
