import { describe, expect, test } from 'bun:test'
import type { settingsToWire } from '../../src/settings/wire.ts'
import type { systemToWire } from '../../src/system/wire.ts'
import { until } from '../lifecycle/world.ts'
import { createDatabase, engines } from '../support/database.ts'
import { openUrl } from '../support/migrated-database.ts'
import { type Service, startService } from '../support/service.ts'
import { callOf, must, type PageView, type ProblemView, useStage } from './stage.ts'

type SystemView = ReturnType<typeof systemToWire>
type SettingsView = ReturnType<typeof settingsToWire>
interface AuditView {
  action: string
  target: { type: string; id: string }
  details: object
}

const settingsPath = '/v1/system/settings'

describe.each(engines)('GET /v1/system on %s', engine => {
  const stage = useStage(engine)
  const read = async (service: Service = stage().service) =>
    (await must(200, callOf(service)<SystemView>('GET', '/v1/system'))).body

  test('tells version, roles, state and database of the process that answers', async () => {
    const { body: health } = await stage().call<{ version: string; environment: string }>('GET', '/health')
    const system = await read()
    expect(system).toMatchObject({
      object: 'system',
      version: health.version,
      environment: health.environment,
      state: 'ready',
      roles: ['api', 'worker', 'scheduler'],
      database: { dialect: engine },
    })
    expect(system.database.size_bytes).toBeGreaterThan(10_000)
    expect(system.uptime_seconds).toBeGreaterThan(0)
    expect((await read()).uptime_seconds).toBeGreaterThan(system.uptime_seconds)
    const [own] = system.processes
    expect(own).toMatchObject({ id: system.process_id, pid: stage().service.process.pid, state: 'ready' })
    expect(system.processes).toHaveLength(1)
  })

  test('tells which runs are still on an old version of their agent', async () => {
    const { call, run } = stage()
    await must(201, call('POST', '/v1/agents', { name: 'renewed', model: 'builtin/echo' }))
    for (let count = 0; count < 3; count++) await run({ agent: 'renewed', delay_seconds: 3_600 })
    expect((await read()).outdated_runs).toEqual([])
    await must(200, call('PATCH', '/v1/agents/renewed', { instructions: 'Be brief.' }))
    const late = await run({ agent: 'renewed', delay_seconds: 3_600 })
    expect((await read()).outdated_runs).toEqual([
      { tenant_id: 'default', agent: 'renewed', agent_version: 1, current_version: 2, runs: 3 },
    ])
    await must(200, call('POST', `/v1/runs/${late.id}/cancel`))
  })

  test('needs a key with the scope, of the tenant that runs the service', async () => {
    expect((await fetch(`${stage().service.url}/v1/system`)).status).toBe(401)
    expect((await fetch(stage().service.url + settingsPath, { method: 'PATCH', body: '{}' })).status).toBe(401)
  })
})

describe.each(engines)('settings on %s', engine => {
  const stage = useStage(engine)
  const change = async (body: object, service = stage().service) =>
    (await must(200, callOf(service)<SettingsView>('PATCH', settingsPath, body))).body

  test('are what the configuration says, until one is changed', async () => {
    const { body } = await must(200, stage().call<SettingsView>('GET', settingsPath))
    const untouched = { changed_at: null, changed_by: null }
    expect(body).toEqual({
      object: 'settings',
      log_level: { value: 'info', configured: 'info', ...untouched },
      access_log_sample: { value: 1, configured: 1, ...untouched },
    })
  })

  test('the level of the log changes while the service runs, and back', async () => {
    const { service, run, finished } = stage()
    await finished((await run()).id)
    expect(service.output()).not.toContain('"msg":"run started"')
    const changed = await change({ log_level: 'debug' })
    expect(changed.log_level).toMatchObject({ value: 'debug', configured: 'info', changed_by: 'key_configured' })
    expect(Date.parse(changed.log_level.changed_at ?? '')).toBeGreaterThan(0)
    await service.said('"logLevel":"debug"')
    const loud = await run()
    await service.said(`"runId":"${loud.id}"`)
    await finished(loud.id)
    await service.said('"msg":"run started"')
    expect((await change({ log_level: null })).log_level).toMatchObject({ value: 'info', changed_at: null })
    await service.said('"logLevel":"info"')
  })

  test('each change is in the audit log, and one that changes nothing is not', async () => {
    for (const access_log_sample of [0.5, 0.5, null]) await change({ access_log_sample })
    const { body } = await must(200, stage().call<PageView<AuditView>>('GET', '/v1/audit?limit=2'))
    expect(body.data.map(({ action, target, details }) => ({ action, target, details }))).toEqual([
      {
        action: 'setting.changed',
        target: { type: 'setting', id: 'access_log_sample' },
        details: { from: 0.5, to: null },
      },
      {
        action: 'setting.changed',
        target: { type: 'setting', id: 'access_log_sample' },
        details: { from: null, to: 0.5 },
      },
    ])
  })

  test.each([[{}], [{ log_level: 'loud' }], [{ access_log_sample: 1.5 }], [{ access_log_sample: '1' }], [{ port: 1 }]])(
    '%j is refused, and changes nothing',
    async body => {
      const before = (await stage().call<SettingsView>('GET', settingsPath)).body
      const refused = await stage().call<ProblemView>('PATCH', settingsPath, body)
      expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 422, code: 'invalid_request' })
      expect((await stage().call<SettingsView>('GET', settingsPath)).body).toEqual(before)
    },
  )

  test('win over the configuration after a restart, in every process', async () => {
    await change({ log_level: 'debug' })
    if (engine === 'sqlite') await stage().service.stop()
    await using other = await startService({
      env: { DATABASE_URL: stage().database.url, LOG_LEVEL: 'info', ACCESS_LOG_SAMPLE: '0.25' },
    })
    await other.said('"logLevel":"debug","accessLogSample":0.25')
    const { body } = await must(200, callOf(other)<SettingsView>('GET', settingsPath))
    expect(body).toMatchObject({
      log_level: { value: 'debug', configured: 'info' },
      access_log_sample: { value: 0.25, configured: 0.25 },
    })
    await change({ log_level: 'trace' }, other)
    await other.said('"logLevel":"trace"')
    // The other process hears of it by a hint.
    if (engine === 'postgres') await stage().service.said('"logLevel":"trace"')
  })
})

describe('processes that share a Postgres', () => {
  const stage = useStage('postgres', { ROLES: 'api' })
  const seen = async (pid: number) =>
    (await must(200, stage().call<SystemView>('GET', '/v1/system'))).body.processes.find(one => one.pid === pid)
  const startWorker = () => {
    const env = { DATABASE_URL: stage().database.url, FAKE_BASE_URL: stage().provider.baseUrl, DRAIN_SECONDS: '60' }
    return startService({ env: { ...env, ROLES: 'worker' } })
  }

  test('are shown with their roles, while they drain, and no more when they have stopped', async () => {
    await using worker = await startWorker()
    const { pid } = worker.process
    await until('it is shown', async () => (await seen(pid)) !== undefined)
    expect(await seen(pid)).toMatchObject({ state: 'ready', roles: ['worker'] })
    const agent = await stage().agent([{ text: 'done', hold: true }])
    const run = await stage().run({ agent })
    const exchange = await stage().provider.request(agent, 1)
    const stopped = worker.stop()
    await until('it drains', async () => (await seen(pid))?.state === 'draining')
    exchange.release()
    expect(await stopped).toBe(0)
    expect(await seen(pid)).toBe(undefined)
    expect(await stage().finished(run.id)).toMatchObject({ status: 'completed', output: 'done' })
  })

  test('count as gone when they were killed and have said nothing for a minute', async () => {
    await using worker = await startWorker()
    const { pid } = worker.process
    await until('it is shown', async () => (await seen(pid))?.state === 'ready')
    await worker.stop('SIGKILL')
    expect(await seen(pid)).toMatchObject({ state: 'ready' })
    const { database, close } = await openUrl(stage().database.url)
    const earlier = `update processes set seen_at = seen_at - interval '2 minutes' where pid = ${pid}`
    await database.transaction(tx => tx.query(earlier, []))
    await close()
    expect(await seen(pid)).toMatchObject({ state: 'gone' })
  })
})

test('on SQLite, what is left of a process that was killed is forgotten by the next start', async () => {
  await using database = await createDatabase('sqlite')
  await using killed = await startService({ env: { DATABASE_URL: database.url } })
  const processes = async (service: Service) =>
    (await must(200, callOf(service)<SystemView>('GET', '/v1/system'))).body.processes.map(({ pid }) => pid)
  await until('it is written down', async () => {
    const { database: opened, close } = await openUrl(database.url)
    const rows = await opened.orm.select().from(opened.tables.processes)
    await close()
    return rows.length === 1
  })
  await killed.stop('SIGKILL')
  await using next = await startService({ env: { DATABASE_URL: database.url } })
  await until('it is forgotten', async () => {
    const { database: opened, close } = await openUrl(database.url)
    const rows = await opened.orm.select().from(opened.tables.processes)
    await close()
    return rows.every(({ pid }) => pid === next.process.pid)
  })
  expect(await processes(next)).toEqual([next.process.pid])
}, 60_000)
