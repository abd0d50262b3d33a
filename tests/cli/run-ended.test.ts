import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { type Cli, openCli } from '../support/cli.ts'
import { type FakeProvider, startFakeProvider } from '../support/provider/server.ts'
import { startService } from '../support/service.ts'

const agentFile = `import { defineAgent } from 'bunkhouse'
export default defineAgent({ name: 'slow', model: 'lab/slow' })
`
let cli: Cli
let provider: FakeProvider
let env: Record<string, string>

beforeEach(async () => {
  provider = await startFakeProvider()
  env = { LAB_BASE_URL: provider.baseUrl }
  cli = await openCli({ 'agents/slow.ts': agentFile })
})
afterEach(async () => {
  await cli[Symbol.asyncDispose]()
  await provider.stop()
})

/** The only run of the database. */
function storedRun(): { id: string; status: string; attempt: number } {
  using database = new Database(`${cli.folder}/data/bunkhouse.db`, { readonly: true })
  const rows = database.query<{ id: string; status: string; attempt: number }, []>('select * from runs').all()
  expect(rows).toHaveLength(1)
  return rows[0] ?? { id: '', status: '', attempt: 0 }
}

/** A run that has said its first word and is silent since. */
async function silentRun(more: Record<string, string> = {}) {
  provider.script('slow', [{ text: ['first ', 'second'], hang: 1 }])
  const run = cli.start(['run', 'slow', 'x', '--stream'], { env: { ...env, ...more } })
  await run.said('first ')
  return run
}

const serve = () => startService({ cwd: cli.folder, env: { ...env, AGENTS_DIR: './agents' } })

/** Waits until the service has ended the run. */
async function endedRun(id: string): Promise<unknown> {
  await using service = await serve()
  return (await service.request('GET', `/v1/runs/${id}/wait`)).json()
}

test('Ctrl-C cancels the run', async () => {
  const run = await silentRun()
  run.process.kill('SIGINT')
  const { code, stdout, stderr } = await run.result
  expect({ code, stdout }).toEqual({ code: 1, stdout: 'first \n' })
  const { id, status } = storedRun()
  expect(status).toBe('cancelled')
  expect(stderr).toContain(`${id} was cancelled.`)
  expect(await (await provider.request('slow', 1)).ended()).toBe('gone')
})

test('SIGTERM leaves the run to the next process that serves', async () => {
  const run = await silentRun({ DRAIN_SECONDS: '0' })
  run.process.kill('SIGTERM')
  const { code, stderr } = await run.result
  expect(code).toBe(1)
  const { id, status, attempt } = storedRun()
  expect({ status, attempt }).toEqual({ status: 'queued', attempt: 1 })
  expect(stderr).toContain(`${id} is queued and goes on in a process that serves.`)
  provider.script('slow', [{ text: 'all of it' }])
  expect(await endedRun(id)).toMatchObject({ status: 'completed', output: 'all of it' })
})

test('SIGTERM lets the run finish that can do so in time', async () => {
  provider.script('slow', [{ text: ['first ', 'second'], hold: true }])
  const run = cli.start(['run', 'slow', 'x', '--stream'], { env })
  const exchange = await provider.request('slow', 1)
  exchange.release(1)
  await run.said('first ')
  run.process.kill('SIGTERM')
  exchange.release()
  const { code, stdout } = await run.result
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'first second\n' })
})

test('a second signal ends the process at once, and the run is not lost', async () => {
  const run = await silentRun({ DRAIN_SECONDS: '60' })
  run.process.kill('SIGTERM')
  await run.complained('may finish for 60 s')
  // The same signal would count as the first one, sent twice.
  run.process.kill('SIGINT')
  expect((await run.result).code).toBe(130)
  provider.script('slow', [{ text: 'all of it' }])
  expect(await endedRun(storedRun().id)).toMatchObject({ status: 'completed', output: 'all of it' })
})

test('SIGKILL loses nothing: the next process that serves finishes the run', async () => {
  const run = await silentRun()
  run.process.kill('SIGKILL')
  await run.result
  provider.script('slow', [{ text: 'all of it' }])
  expect(await endedRun(storedRun().id)).toMatchObject({ status: 'completed', output: 'all of it', attempt: 2 })
})

test('a service is refused while a run is executed on its SQLite file, and starts after', async () => {
  const run = await silentRun()
  const refused = await cli.run(['serve'], { env: { PORT: '0' } })
  expect(refused.code).toBe(1)
  expect(refused.stdout).toContain('runs an agent on it')
  run.process.kill('SIGINT')
  await run.result
  await using service = await serve()
  expect((await service.request('GET', '/ready')).status).toBe(200)
})

test('two runs on one SQLite file do not wait for each other', async () => {
  const first = await silentRun()
  const { code, stdout } = await cli.run(['run', 'echo', 'meanwhile'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'meanwhile\n' })
  expect(first.process.exitCode).toBe(null)
  first.process.kill('SIGINT')
  await first.result
})
