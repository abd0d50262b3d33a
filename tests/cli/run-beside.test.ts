import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Cli, openCli } from '../support/cli.ts'
import { createDatabase, engines, type TestDatabase } from '../support/database.ts'
import { type FakeProvider, startFakeProvider } from '../support/provider/server.ts'
import { type Service, startService } from '../support/service.ts'

const agentFile = `import { defineAgent } from 'bunkhouse'
export default defineAgent({ name: 'clerk', model: 'lab/clerk' })
`

describe.each(engines)('run beside a service, on %s', engine => {
  let cli: Cli
  let provider: FakeProvider
  let database: TestDatabase
  let service: Service
  let env: Record<string, string>

  const serve = (more: Record<string, string> = {}) =>
    startService({
      cwd: cli.folder,
      // A short lease, so that what is asked of another process is heard soon.
      env: { ...env, LAB_BASE_URL: provider.baseUrl, AGENTS_DIR: './agents', LEASE_SECONDS: '5', ...more },
    })

  beforeEach(async () => {
    provider = await startFakeProvider()
    database = await createDatabase(engine)
    cli = await openCli({ 'agents/clerk.ts': agentFile })
    env = { DATABASE_URL: database.url }
    service = await serve()
  })
  afterEach(async () => {
    await service[Symbol.asyncDispose]()
    await cli[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
    await provider.stop()
  })

  // Safe: what the service answers on these routes has these fields.
  const read = async <T>(path: string) => (await (await service.request('GET', path)).json()) as T
  const create = async (path: string, body: unknown) =>
    (await (await service.request('POST', path, body)).json()) as { id: string }

  test('prints the answer, and the service knows the run', async () => {
    const { code, stdout } = await cli.run(['run', 'echo', 'hello', '--json'], { env })
    expect(code).toBe(0)
    const run: { id: string } = JSON.parse(stdout)
    expect(await read(`/v1/runs/${run.id}`)).toMatchObject({ id: run.id, status: 'completed', output: 'hello' })
  })

  test('goes on with a conversation of the service', async () => {
    const thread = await create('/v1/threads', {})
    provider.script('clerk', [{ text: 'Hello Ada.' }, { text: 'Ada.' }])
    const more = { env: { ...env, LAB_BASE_URL: provider.baseUrl } }
    await cli.run(['run', 'clerk', 'I am Ada.', '--thread', thread.id], more)
    const { stdout } = await cli.run(['run', 'clerk', 'Who am I?', '--thread', thread.id], more)
    expect(stdout).toBe('Ada.\n')
    expect(await read(`/v1/threads/${thread.id}/messages`)).toMatchObject({
      data: [{ content: 'I am Ada.' }, { content: 'Hello Ada.' }, { content: 'Who am I?' }, { content: 'Ada.' }],
    })
  })

  test('runs an agent that was made over the API', async () => {
    await create('/v1/agents', { name: 'made', model: 'builtin/echo' })
    const { code, stdout } = await cli.run(['run', 'made', 'hi'], { env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hi\n' })
  })

  test('waits for its turn where the thread is busy', async () => {
    const thread = await create('/v1/threads', {})
    provider.script('clerk', [{ text: 'one', hold: true }])
    await create('/v1/runs', { agent: 'clerk', input: 'x', thread_id: thread.id })
    const exchange = await provider.request('clerk', 1)
    const run = cli.start(['run', 'echo', 'two', '--thread', thread.id, '--json'], { env })
    const runs = () => read<{ data: { agent: string; status: string }[] }>(`/v1/runs?thread_id=${thread.id}&order=asc`)
    let listed = await runs()
    while (listed.data.length < 2) listed = await runs()
    expect(listed.data).toMatchObject([{ status: 'running' }, { agent: 'echo', status: 'queued' }])
    exchange.release()
    const { code, stdout } = await run.result
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', output: 'two' })
  })

  test('Ctrl-C cancels the run, whichever process executes it', async () => {
    provider.script('clerk', [{ text: ['first ', 'second'], hang: 1 }])
    const run = cli.start(['run', 'clerk', 'x', '--stream'], { env: { ...env, LAB_BASE_URL: provider.baseUrl } })
    await run.said('first ')
    run.process.kill('SIGINT')
    const { code, stderr } = await run.result
    expect(code).toBe(1)
    const id = /run_[0-9a-f]{32}/.exec(stderr)?.[0] ?? ''
    expect(await read(`/v1/runs/${id}`)).toMatchObject({ status: 'cancelled' })
  })

  test('SIGTERM leaves the run to the service', async () => {
    provider.script('clerk', [{ text: ['first ', 'second'], hang: 1 }, { text: 'all of it' }])
    const more = { LAB_BASE_URL: provider.baseUrl, DRAIN_SECONDS: '0' }
    const run = cli.start(['run', 'clerk', 'x', '--stream'], { env: { ...env, ...more } })
    await run.said('first ')
    run.process.kill('SIGTERM')
    const { code, stderr } = await run.result
    expect(code).toBe(1)
    const id = /run_[0-9a-f]{32}/.exec(stderr)?.[0] ?? ''
    // The service on SQLite is still in the middle of it; let go, it is done.
    provider.requests('clerk')[0]?.end('cut')
    expect(await read(`/v1/runs/${id}/wait`)).toMatchObject({ status: 'completed' })
  })

  test('takes nobody else’s runs', async () => {
    await service.stop()
    await service[Symbol.asyncDispose]()
    service = await serve({ ROLES: 'api' })
    const waiting = await create('/v1/runs', { agent: 'echo', input: 'not yours' })
    if (engine === 'sqlite') await service.stop()
    const { code, stdout } = await cli.run(['run', 'echo', 'mine'], { env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'mine\n' })
    if (engine === 'sqlite') service = await serve({ ROLES: 'api' })
    expect(await read(`/v1/runs/${waiting.id}`)).toMatchObject({ status: 'queued', attempt: 0 })
  })

  if (engine === 'sqlite') {
    test('leaves the run to the service, which alone has the files and the keys', async () => {
      provider.script('clerk', [{ text: 'from the service' }])
      const { code, stdout } = await cli.run(['run', 'clerk', 'x', '--json'], { env: { ...env, AGENTS_DIR: './none' } })
      expect(code).toBe(0)
      const run: { id: string; output: string } = JSON.parse(stdout)
      expect(run.output).toBe('from the service')
      await service.said(run.id)
    })
  } else {
    test('executes the run itself, with its own keys', async () => {
      provider.script('clerk', [{ text: 'from the command line' }])
      const more = { env: { ...env, LAB_BASE_URL: provider.baseUrl, LAB_API_KEY: 'key-of-the-command-line' } }
      const { stdout } = await cli.run(['run', 'clerk', 'x'], more)
      expect(stdout).toBe('from the command line\n')
      expect((await provider.request('clerk', 1)).record.headers.authorization).toBe('Bearer key-of-the-command-line')
    })
  }
})
