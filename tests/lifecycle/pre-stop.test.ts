import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import type { Turn } from '../support/provider/turn.ts'
import { type Service, startService } from '../support/service.ts'
import { testsOfProcesses } from './processes.ts'
import { expectNothingLeftOpen, getRun, shownRun, startRun } from './runs.ts'
import { makeWorld } from './world.ts'

testsOfProcesses()

const held: Turn = { text: ['All ', 'is ', 'well.'], hold: true }
const hooks = { PLATFORM_HOOKS: 'fc' }
/** As Function Compute asks: by this header it says what it wants. */
const asPlatform = { 'x-fc-control-path': '/pre-stop', 'x-fc-request-id': '1-672b1f2a' }

const preStop = (service: Service, headers: Record<string, string>) => fetch(`${service.url}/pre-stop`, { headers })

describe.each(engines)('GET /pre-stop of the platform, on %s', engine => {
  test.concurrent('answers when the runs are finished, and the process ends with 0', async () => {
    await using world = await makeWorld(engine)
    world.provider.script('assistant', [held])
    const service = await world.start({ ...hooks, DRAIN_SECONDS: '600' })
    const waiting = service.request('POST', '/v1/runs/wait', { agent: 'assistant', input: 'hello' })
    const exchange = await world.provider.request('assistant', 1)

    const stopping = preStop(service, asPlatform)
    await service.said('"draining"')
    expect((await fetch(`${service.url}/ready`)).status).toBe(503)
    exchange.release()
    expect(await shownRun(await waiting)).toMatchObject({ status: 'completed', output: 'All is well.', attempt: 1 })
    const answer = await stopping
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'drained' }])
    expect(await service.process.exited).toBe(0)
    await expectNothingLeftOpen(world)
  })

  test.concurrent('answers when what outlasts the drain is handed back, and the next process goes on', async () => {
    await using world = await makeWorld(engine)
    world.provider.script('assistant', [held, { text: ['Done.'] }])
    const first = await world.start({ ...hooks, DRAIN_SECONDS: '0' })
    const runId = await startRun(first, { max_attempts: 1 })
    await world.provider.request('assistant', 1)
    expect((await preStop(first, asPlatform)).status).toBe(200)
    expect(await first.process.exited).toBe(0)

    const second = await world.start(hooks)
    await second.request('GET', `/v1/runs/${runId}/wait`)
    expect(await getRun(second, runId)).toMatchObject({ status: 'completed', output: 'Done.', attempt: 1 })
  })
})

describe('POST /invoke of a timer', () => {
  const event = JSON.stringify({ triggerTime: '2026-11-25T08:00:00Z', triggerName: 'every-minute', payload: '30' })
  const invoke = (service: Service, headers: Record<string, string>) =>
    fetch(`${service.url}/invoke`, { method: 'POST', body: event, headers })
  const asTimer = { 'x-fc-control-path': '/invoke', 'content-type': 'application/octet-stream' }

  test('runs what is due, and waits for it', async () => {
    await using world = await makeWorld('sqlite')
    world.provider.script('assistant', [{ text: ['Done.'] }])
    const service = await world.start({ ...hooks, ROLES: 'api,worker' })
    const schedule = await service.request('POST', '/v1/schedules', {
      agent: 'assistant',
      input: 'hello',
      cron: '* * * * * *',
    })
    expect(schedule.status).toBe(201)
    let fired = 0
    while (fired === 0) {
      const answer = await invoke(service, asTimer)
      expect(answer.status).toBe(200)
      fired = Number(/"fired":(\d)/.exec(await answer.text())?.[1])
    }
    expect(await world.sql('select status from runs limit 1')).toEqual([{ status: 'completed' }])
  })

  test('is not there for anybody else', async () => {
    await using service = await startService({ env: hooks })
    expect((await invoke(service, {})).status).toBe(401)
    expect((await invoke(service, { authorization: `Bearer ${service.key}` })).status).toBe(404)
  })
})

describe('GET /pre-stop of anybody else', () => {
  test('is not there for a key, not even an admin’s', async () => {
    await using service = await startService({ env: hooks })
    expect((await preStop(service, {})).status).toBe(401)
    expect((await service.request('GET', '/pre-stop')).status).toBe(404)
    expect((await service.request('GET', '/ready')).status).toBe(200)
  })

  test('is refused with the header too, where the platform is another', async () => {
    await using service = await startService()
    expect((await preStop(service, asPlatform)).status).toBe(401)
    expect((await service.request('GET', '/pre-stop', undefined, asPlatform)).status).toBe(404)
    expect((await service.request('GET', '/ready')).status).toBe(200)
  })

  test('is not in the documentation of the API', async () => {
    await using service = await startService({ env: hooks })
    const document = await (await service.request('GET', '/swagger/json')).text()
    expect(document).toContain('/health')
    expect(document).not.toContain('/pre-stop')
    expect(document).not.toContain('/invoke')
  })
})
