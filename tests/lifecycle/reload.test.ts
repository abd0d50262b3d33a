import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { callOf, must, type PageView } from '../api/stage.ts'
import { type Cli, openCli } from '../support/cli.ts'
import { type Service, startService } from '../support/service.ts'
import { until } from './world.ts'

interface SettingsView {
  log_level: { value: string; configured: string }
  access_log_sample: { value: number; configured: number }
}

describe('SIGHUP', () => {
  setDefaultTimeout(60_000)
  let folder: Cli
  beforeEach(async () => {
    folder = await openCli()
  })
  afterEach(() => folder[Symbol.asyncDispose]())

  const write = (text: string) => writeFileSync(join(folder.folder, '.env'), text)
  /** Sends it, and waits until the log says what came of it. */
  const reload = async (service: Service, said: string) => {
    service.process.kill('SIGHUP')
    await service.said(said)
  }
  const start = (env: Record<string, string | undefined> = {}) =>
    startService({ cwd: folder.folder, env: { ADDRESS_RATE_LIMIT: undefined, ...env } })
  const settings = async (service: Service) =>
    (await must(200, callOf(service)<SettingsView>('GET', '/v1/system/settings'))).body

  test('takes over from .env what can change, and says what needs a restart', async () => {
    write('LOG_LEVEL=info\nWORKER_CONCURRENCY=7\n')
    await using service = await start()
    expect((await settings(service)).log_level).toMatchObject({ value: 'info', configured: 'info' })
    write(
      'LOG_LEVEL=debug\nACCESS_LOG_SAMPLE=0.5\nWORKER_CONCURRENCY=8\nCORS_ORIGINS=https://app.example.com\nRATE_LIMIT=2\n',
    )
    await reload(service, '"msg":"configuration read again"')
    await service.said('"needRestart":["WORKER_CONCURRENCY"],"msg":"a restart is needed for some of it"')
    expect(service.output()).toContain(
      '"changed":["ACCESS_LOG_SAMPLE","CORS_ORIGINS","LOG_LEVEL","RATE_LIMIT","WORKER_CONCURRENCY"]',
    )
    const found = await settings(service)
    expect(found.log_level).toMatchObject({ value: 'debug', configured: 'debug' })
    expect(found.access_log_sample).toMatchObject({ value: 0.5, configured: 0.5 })
    const { headers } = await service.request('GET', '/v1/runs', undefined, { origin: 'https://app.example.com' })
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com')
    expect(headers.get('ratelimit-policy')).toBe('"key";q=2;w=60')
    expect((await service.request('GET', '/v1/runs')).status).toBe(429)
  })

  test('takes over whom it believes', async () => {
    write('')
    await using service = await start()
    const addressOf = async () => {
      const call = callOf(service)
      const body = { name: 'x', scopes: ['runs:read'] }
      const { id } = (
        await must(201, call<{ id: string }>('POST', '/v1/keys', body, { 'x-forwarded-for': '192.0.2.9' }))
      ).body
      return (await must(200, call<PageView<{ address: string }>>('GET', `/v1/audit?target=${id}`))).body.data[0]
        ?.address
    }
    expect(await addressOf()).toBe('127.0.0.1')
    write('TRUSTED_PROXIES=loopback\n')
    await reload(service, '"changed":["TRUSTED_PROXIES"]')
    expect(await addressOf()).toBe('192.0.2.9')
  })

  test('takes nothing of a configuration that is wrong, says all that is, and the service goes on', async () => {
    write('LOG_LEVEL=info\n')
    await using service = await start()
    write('LOG_LEVEL=loud\nRATE_LIMIT=-1\nACCESS_LOG_SAMPLE=0.5\n')
    await reload(service, '"msg":"configuration is wrong, nothing of it was taken"')
    expect(service.output()).toContain('LOG_LEVEL')
    expect(service.output()).toContain('RATE_LIMIT')
    expect((await settings(service)).access_log_sample).toMatchObject({ value: 1, configured: 1 })
    expect((await service.request('GET', '/v1/runs')).headers.get('ratelimit-policy')).toBe(null)
    // And is heard again.
    write('LOG_LEVEL=warn\n')
    await reload(service, '"logLevel":"warn"')
  })

  test('leaves what the environment itself says, and what was set over the API', async () => {
    write('LOG_LEVEL=info\nACCESS_LOG_SAMPLE=1\n')
    await using service = await start({ LOG_LEVEL: 'debug' })
    await must(200, callOf(service)('PATCH', '/v1/system/settings', { access_log_sample: 0.25 }))
    await service.said('"accessLogSample":0.25')
    write('LOG_LEVEL=warn\nACCESS_LOG_SAMPLE=0.75\n')
    await reload(service, '"msg":"configuration read again"')
    await until('the file is read', async () => (await settings(service)).access_log_sample.configured === 0.75)
    const found = await settings(service)
    expect(found.log_level).toMatchObject({ value: 'debug', configured: 'debug' })
    expect(found.access_log_sample).toMatchObject({ value: 0.25, configured: 0.75 })
  })

  test('goes on in a new log file where the old one was moved away', async () => {
    const file = join(folder.folder, 'bunkhouse.log')
    const port = String((await import('../../scripts/services/free-port.ts')).freePort())
    const key = 'bh_key_for_a_moved_log'
    const service = folder.start(['serve'], { env: { LOG_FILE: file, PORT: port, BUNKHOUSE_API_KEY: key } })
    const read = async (path: string) => ((await Bun.file(path).exists()) ? Bun.file(path).text() : '')
    await until('it listens', async () => (await read(file)).includes('"listening"'))
    renameSync(file, `${file}.moved`)
    service.process.kill('SIGHUP')
    await until('it goes on', async () => (await read(file)).includes('configuration read again'))
    expect(await read(`${file}.moved`)).toContain('"listening"')
    expect(await read(`${file}.moved`)).not.toContain('configuration read again')
    service.process.kill('SIGTERM')
    expect((await service.result).code).toBe(0)
  })

  test('many of them at once end nothing', async () => {
    write('')
    await using service = await start()
    for (let signal = 0; signal < 20; signal++) service.process.kill('SIGHUP')
    await service.said('"msg":"configuration read again"')
    expect((await service.request('GET', '/ready')).status).toBe(200)
    expect(await service.stop()).toBe(0)
  })
})
