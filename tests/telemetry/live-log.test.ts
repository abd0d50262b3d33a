import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import { until } from '../lifecycle/world.ts'
import { type Cli, openCli } from '../support/cli.ts'
import { createDatabase } from '../support/database.ts'
import { type Service, type ServiceOptions, startService } from '../support/service.ts'

const key = 'bh_key_for_a_log_in_a_file'
let cli: Cli
let folder: { path: string }
let services: Service[]
beforeEach(async () => {
  cli = await openCli()
  folder = { path: cli.folder }
  services = []
})
afterEach(async () => {
  for (const service of services) await service[Symbol.asyncDispose]()
  await cli[Symbol.asyncDispose]()
})

async function start(env: ServiceOptions['env'] = {}): Promise<Service> {
  const service = await startService({ env, cwd: folder.path })
  services.push(service)
  return service
}

const dotEnv = (text: string) => writeFileSync(join(folder.path, '.env'), text)
const ask = (service: Pick<Service, 'request'>, id: string) =>
  service.request('GET', '/v1/runs?limit=1', undefined, { 'x-request-id': id })

describe('SIGHUP', () => {
  test('takes the level and the share of the access log from .env, and says what would need a restart', async () => {
    dotEnv('LOG_LEVEL=info\nACCESS_LOG_SAMPLE=1\n')
    const service = await start()
    await ask(service, 'before')
    await service.said('"requestId":"before"')
    dotEnv('LOG_LEVEL=debug\nACCESS_LOG_SAMPLE=0\nWORKER_CONCURRENCY=7\n')
    service.process.kill('SIGHUP')
    await service.said('"logLevel":"debug","accessLogSample":0')
    await service.said('"needRestart":["WORKER_CONCURRENCY"]')
    await ask(service, 'unsaid')
    await service.request('GET', '/v1/runs/run_none', undefined, { 'x-request-id': 'refused' })
    await service.said('"requestId":"refused"')
    expect(service.output()).not.toContain('"requestId":"unsaid"')
    await service.request('POST', '/v1/runs', { agent: 'echo', input: 'hello' })
    await service.said('"msg":"run started"')
  }, 60_000)

  test('takes nothing of a configuration that is wrong', async () => {
    const service = await start()
    dotEnv('LOG_LEVEL=debug\nWORKER_CONCURRENCY=many\n')
    service.process.kill('SIGHUP')
    await service.said('"msg":"configuration is wrong, nothing of it was taken"')
    expect(service.output()).toContain('WORKER_CONCURRENCY must be a whole number')
    await ask(service, 'still-at-info')
    await service.said('"requestId":"still-at-info"')
    expect(service.output()).not.toContain('"logLevel":"debug"')
    dotEnv('LOG_LEVEL=debug\n')
    service.process.kill('SIGHUP')
    await service.said('"logLevel":"debug"')
  }, 60_000)

  test('goes on in a new file after another program has moved LOG_FILE away', async () => {
    dotEnv('')
    // A start is known by its output: that of this one goes to the file.
    const file = join(folder.path, 'house.log')
    const service = await startInto(file)
    await ask(service, 'in-the-old-one')
    await until('it is written', async () => read(file).includes('"in-the-old-one"'))
    renameSync(file, `${file}.moved`)
    service.process.kill('SIGHUP')
    await until('it was made anew', async () => statSync(file, { throwIfNoEntry: false }) !== undefined)
    await ask(service, 'in-the-new-one')
    await until('it is written', async () => read(file).includes('"in-the-new-one"'))
    expect(await service.stop()).toBe(0)
    expect(read(`${file}.moved`)).not.toContain('"in-the-new-one"')
    expect(read(file)).toContain('"state":"stopped"')
  }, 60_000)
})

const read = (file: string): string => readFileSync(file, 'utf8')

describe('LOG_FILE that two services share, rotated while they work', () => {
  test('holds a line of every request, whole, once', async () => {
    await using database = await createDatabase('postgres')
    const file = join(folder.path, 'shared.log')
    const env = { DATABASE_URL: database.url, LOG_FILE_MAX_BYTES: '20000', LOG_FILE_KEEP: '1000' }
    const first = await startInto(file, env)
    const second = await startInto(file, env)
    const asked: string[] = []
    const load = async (service: typeof first, name: string) => {
      for (let round = 0; round < 20; round++) {
        const ids = Array.from({ length: 25 }, (_, index) => `${name}-${round}-${index}`)
        asked.push(...ids)
        await Promise.all(ids.map(id => ask(service, id)))
      }
    }
    await Promise.all([load(first, 'first'), load(second, 'second')])
    expect([await first.stop(), await second.stop()]).toEqual([0, 0])
    const files = readdirSync(folder.path).filter(name => /^shared\.log(\.\d+)?$/.test(name))
    expect(files.length).toBeGreaterThan(8)
    const lines = files.flatMap(name => read(join(folder.path, name)).split('\n').filter(Boolean))
    const told = lines.map(line => JSON.parse(line)).filter(({ msg }) => msg === 'request')
    expect(told.map(({ requestId }) => requestId).sort()).toEqual(asked.sort())
  }, 120_000)
})

/** A service whose log is a file, so that its output says nothing. */
async function startInto(file: string, more: Record<string, string> = {}) {
  const url = `http://127.0.0.1:${freePort()}`
  const env = { PORT: new URL(url).port, HOST: '127.0.0.1', BUNKHOUSE_API_KEY: key, ADDRESS_RATE_LIMIT: '0', ...more }
  const process = cli.start(['serve'], { env: { ...env, LOG_FILE: file } }).process
  const isReady = async () => (await fetch(`${url}/ready`).catch(() => null))?.ok === true
  await until('it is ready', isReady)
  return {
    process,
    request: (_method: string, path: string, _body?: unknown, headers: Record<string, string> = {}) =>
      fetch(url + path, { headers: { 'x-api-key': key, ...headers } }),
    stop: async () => {
      process.kill('SIGTERM')
      return process.exited
    },
  }
}
