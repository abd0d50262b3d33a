import { describe, expect, test } from 'bun:test'
import type { Turn } from '../support/provider/turn.ts'
import type { Service } from '../support/service.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { EventReader, isTerminal, readWhole } from './event-reader.ts'
import { testsOfProcesses } from './processes.ts'
import { expectNothingLeftOpen, getRun, shownRun, startRun } from './runs.ts'
import { makeWorld, until, type World } from './world.ts'

testsOfProcesses()

const words = Array.from({ length: 40 }, (_, index) => `word${index} `)
const story: Turn = { text: words, hold: true }
const waitForIt: Turn = { toolCalls: [{ id: 'call_wait', name: 'wait', input: { text: 'that' } }] }

const redisUrl = (): string => {
  const url = process.env.TEST_REDIS_URL
  if (!url) throw new Error('TEST_REDIS_URL is not set: run the tests by ./scripts/test.')
  return url
}

describe('two replicas on postgres', () => {
  test.concurrent.each(['postgres', 'redis'])(
    'a run is followed live on the other one, told by %s',
    async transport => {
      await using world = await makeWorld('postgres')
      const env = transport === 'redis' ? { REDIS_URL: redisUrl() } : {}
      const [executing, reading] = await Promise.all([world.start(env), world.start({ ...env, ROLES: 'api' })])
      await follow(world, executing, reading)
    },
  )

  test.concurrent('a run is followed to its end when redis goes away in the middle, and hints come back with it', async () => {
    await using world = await makeWorld('postgres')
    const { hostname: host, port } = new URL(redisUrl())
    await using redis = await startTcpProxy({ host, port: Number(port) })
    const env = { REDIS_URL: `redis://127.0.0.1:${redis.port}` }
    const [executing, reading] = await Promise.all([world.start(env), world.start({ ...env, ROLES: 'api' })])
    world.provider.script('assistant', [{ text: ['One ', 'two ', 'three.'], hold: true }])
    const runId = await startRun(executing)
    const exchange = await world.provider.request('assistant', 1)
    const reader = new EventReader(runId)
    const { over } = await reader.connect(reading)
    const waiting = reading.request('GET', `/v1/runs/${runId}/wait`)
    exchange.release(1)
    await reader.until(() => reader.text(1) === 'One ')
    await redis.cut()
    exchange.release(1)
    await reader.until(() => reader.text(1) === 'One two ')
    exchange.release()
    expect(await over).toBe('ended')
    expect(reader.text(1)).toBe('One two three.')
    expect(await shownRun(await waiting)).toMatchObject({ status: 'completed', output: 'One two three.' })
    expect(reader.frames).toEqual(await readWhole(executing, runId))

    await redis.restore()
    const ready = async (service: Service) => (await service.request('GET', '/ready')).status === 200
    await until('both are ready again', async () => (await ready(executing)) && (await ready(reading)))
    await follow(world, executing, reading)
  })

  test.concurrent('a run is cancelled by the one that does not execute it', async () => {
    await using world = await makeWorld('postgres', ['assistant', 'talker'])
    world.provider.script('assistant', [waitForIt])
    world.provider.script('talker', [story])
    // Heartbeats would bring the wish to cancel too, much later.
    const env = { LEASE_SECONDS: '3600' }
    const [executing, other] = await Promise.all([world.start(env), world.start({ ...env, ROLES: 'api' })])
    const runIds = [await startRun(executing), await startRun(executing, { agent: 'talker' })]
    await world.tools.call('wait', 1)
    const exchange = await world.provider.request('talker', 1)
    for (const runId of runIds) {
      const response = await other.request('POST', `/v1/runs/${runId}/cancel`)
      expect(response.status).toBe(200)
      const frames = await readWhole(other, runId)
      expect(frames.at(-1)?.event).toBe('run.cancelled')
      expect(await getRun(executing, runId)).toMatchObject({ status: 'cancelled', attempt: 1 })
    }
    expect(await exchange.ended()).toBe('gone')
    await expectNothingLeftOpen(world)
  })

  test.concurrent('one serves the API, the other one executes', async () => {
    await using world = await makeWorld('postgres')
    world.provider.script('assistant', [waitForIt, { text: 'Done.' }])
    const api = await world.start({ ROLES: 'api' })
    const early = await startRun(api)
    expect(await getRun(api, early)).toMatchObject({ status: 'queued', attempt: 0 })
    const worker = await world.start({ ROLES: 'worker' })
    expect((await worker.request('GET', '/ready')).status).toBe(200)
    // Not `not_found`: a balancer's mistake must not end what a client waits for.
    const misled = await worker.request('GET', `/v1/runs/${early}/wait`)
    expect([misled.status, misled.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await misled.json()).toMatchObject({ code: 'unavailable' })
    expect((await worker.request('POST', '/v1/runs', { agent: 'assistant', input: 'hello' })).status).toBe(503)
    const call = await world.tools.call('wait', 1)
    call.answer('done')
    const frames = await readWhole(api, early)
    expect(frames.at(-1)?.event).toBe('run.completed')
    const answered = await api.request('POST', '/v1/runs/wait', { agent: 'assistant', input: 'hello' })
    expect(await shownRun(answered)).toMatchObject({ status: 'completed', output: 'hello', attempt: 1 })

    // Each can be replaced without the other.
    expect(await worker.stop('SIGTERM')).toBe(0)
    const late = await startRun(api)
    await world.start({ ROLES: 'worker' })
    await readWhole(api, late)
    await expectNothingLeftOpen(world)
  })
})

/** Each word is let go when the one before it has arrived: by polling alone this would take more than a minute. */
async function follow(world: World, executing: Service, reading: Service): Promise<void> {
  const earlier = world.provider.requests('assistant').length
  world.provider.script('assistant', [story])
  const runId = await startRun(executing)
  const exchange = await world.provider.request('assistant', earlier + 1)
  const reader = new EventReader(runId)
  const { over } = await reader.connect(reading)
  const begun = performance.now()
  for (const [index] of words.entries()) {
    exchange.release(1)
    await reader.until(() => reader.text(1) === words.slice(0, index + 1).join(''))
  }
  expect(performance.now() - begun).toBeLessThan(30_000)
  await reader.until(isTerminal)
  expect(await over).toBe('ended')
  expect(reader.frames).toEqual(await readWhole(executing, runId))
}
