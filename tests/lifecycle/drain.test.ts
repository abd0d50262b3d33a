import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import type { Turn } from '../support/provider/turn.ts'
import type { Service } from '../support/service.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { EventReader, isTerminal, readWhole } from './event-reader.ts'
import { testsOfProcesses } from './processes.ts'
import { expectNothingLeftOpen, getRun, shownRun, startRun } from './runs.ts'
import { numbersOf, story } from './story.ts'
import { makeWorld, until } from './world.ts'

testsOfProcesses()

const answer: Turn = { text: ['All ', 'is ', 'well.'] }
const held: Turn = { ...answer, hold: true }
const takeNote: Turn = {
  text: 'I take a note. ',
  toolCalls: [{ id: 'call_note', name: 'note', input: { text: 'this' } }],
}
const waitForIt: Turn = { toolCalls: [{ id: 'call_wait', name: 'wait', input: { text: 'that' } }] }

/** Long enough for a test never to meet its end. */
const longDrain = { DRAIN_SECONDS: '600' }

describe.each(engines)('a process on %s that is told to stop', engine => {
  test.concurrent('lets its runs finish, answers who waits, takes nothing new and exits with 0', async () => {
    await using world = await makeWorld(engine, ['assistant', 'talker', 'later'])
    world.provider.script('assistant', [waitForIt, answer])
    world.provider.script('talker', [held])
    const first = await world.start(longDrain)
    const waiting = first.request('POST', '/v1/runs/wait', { agent: 'assistant', input: 'hello' })
    const talking = first.request('POST', '/v1/runs/wait', { agent: 'talker', input: 'hello' })
    const call = await world.tools.call('wait', 1)
    const exchange = await world.provider.request('talker', 1)

    const stopped = first.stop('SIGTERM')
    await draining(first)
    const queued = await startRun(first, { agent: 'later' })
    call.answer('done')
    exchange.release()
    for (const response of [await waiting, await talking]) {
      expect(response.status).toBe(200)
      expect(await shownRun(response)).toMatchObject({ status: 'completed', output: 'All is well.', attempt: 1 })
    }
    expect(await stopped).toBe(0)
    expect(world.provider.requests('later')).toEqual([])

    const second = await world.start()
    await readWhole(second, queued)
    expect(await getRun(second, queued)).toMatchObject({ status: 'completed', attempt: 1 })
    await expectNothingLeftOpen(world)
  })

  test.concurrent('hands back at once what outlasts the drain, and the next process goes on from there', async () => {
    await using world = await makeWorld(engine)
    world.provider.script('assistant', [takeNote, held, answer])
    const first = await world.start({ DRAIN_SECONDS: '0' })
    // With a single attempt allowed, one that counted would be the last.
    const runId = await startRun(first, { max_attempts: 1 })
    const reader = new EventReader(runId)
    const { over } = await reader.connect(first)
    const exchange = await world.provider.request('assistant', 2)
    exchange.release(2)
    await reader.until(() => reader.text(3) === 'All is ')
    const waiting = first.request('GET', `/v1/runs/${runId}/wait`)

    expect(await first.stop('SIGTERM')).toBe(0)
    expect(await over).toBe('ended')
    expect(reader.retryMs).toBeGreaterThan(0)
    expect(reader.frames.at(-1)).toMatchObject({ event: 'run.interrupted', data: '{"attempt":1,"reason":"shutdown"}' })
    expect((await waiting).status).toBe(503)
    expect(await exchange.ended()).toBe('gone')
    expect(await world.sql('select state, attempt from jobs')).toEqual([{ state: 'available', attempt: 0 }])
    expect(await world.sql('select status from runs')).toEqual([{ status: 'queued' }])

    const second = await world.start()
    const resumed = await reader.connect(second)
    expect(await resumed.over).toBe('ended')
    const { received, intact } = numbersOf(reader.frames)
    expect(received).toEqual(intact)
    expect(reader.frames.filter(isTerminal)).toHaveLength(1)
    expect(reader.frames).toEqual(await readWhole(second, runId))
    expect(world.provider.requests('assistant')).toHaveLength(3)
    expect(world.tools.calls('note')).toHaveLength(1)
    expect(await getRun(second, runId)).toMatchObject({ status: 'completed', output: 'All is well.', attempt: 1 })
    await expectNothingLeftOpen(world)

    world.provider.script('assistant', [takeNote, answer])
    const uninterrupted = await readWhole(second, await startRun(second))
    expect(story(reader.frames)).toEqual(story(uninterrupted))
  })

  test.concurrent('hands back a run whose tool does not heed its signal', async () => {
    await using world = await makeWorld(engine)
    world.provider.script('assistant', [
      { toolCalls: [{ id: 'call_deaf', name: 'deaf', input: { text: '' } }] },
      answer,
    ])
    const first = await world.start({ DRAIN_SECONDS: '0' })
    const runId = await startRun(first, { max_attempts: 1 })
    await world.tools.call('deaf', 1)
    expect(await first.stop('SIGTERM')).toBe(0)
    world.tools.answerAtOnce()
    const second = await world.start()
    await readWhole(second, runId)
    expect(await getRun(second, runId)).toMatchObject({ status: 'completed', attempt: 1 })
    expect(world.provider.requests('assistant')).toHaveLength(2)
    expect(world.tools.calls('deaf')).toHaveLength(2)
  })

  test.concurrent.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('exits at once on a second signal, %s', async (signal, status) => {
    await using world = await makeWorld(engine)
    world.provider.script('assistant', [held, answer])
    const first = await world.start(longDrain)
    const runId = await startRun(first)
    await world.provider.request('assistant', 1)
    const stopped = first.stop('SIGTERM')
    await draining(first)
    await until('it has ended', async () => {
      // A repetition that comes at once may be an echo of the first.
      first.process.kill(signal)
      return first.process.exitCode !== null
    })
    expect(await stopped).toBe(status)

    // As after a crash: the lease ends, or the next start takes it over.
    const second = await world.start()
    await readWhole(second, runId)
    expect(await getRun(second, runId)).toMatchObject({ status: 'completed', attempt: 2 })
  })

  test.concurrent('does not wait for idle connections and for streams of runs that wait', async () => {
    await using world = await makeWorld(engine)
    const first = await world.start(longDrain)
    const runId = await startRun(first, { delay_seconds: 3_600 })
    const reader = new EventReader(runId)
    const { over } = await reader.connect(first)
    await reader.until(({ event }) => event === 'run.created')
    expect((await first.request('GET', '/health')).status).toBe(200)
    expect(await first.stop('SIGTERM')).toBe(0)
    expect(await over).toBe('ended')
    expect(reader.retryMs).toBeGreaterThan(0)
  })
})

test.concurrent('a process on postgres that is told to stop finishes what was just being handed to it', async () => {
  await using world = await makeWorld('postgres')
  world.provider.script('assistant', [held])
  const service = await world.start(longDrain)
  // Only a worker that has taken all there was is handed anything.
  await readWhole(service, await startRun(service, { agent: 'echo' }))
  // A job is inserted as this process's own; the lock makes its transaction wait in the middle.
  const locked = await world.lock('lock table runs in exclusive mode')
  const created = service.request('POST', '/v1/runs', { agent: 'assistant', input: 'hello' })
  await locked.awaited()
  const stopped = service.stop('SIGTERM')
  await draining(service)
  await locked.release()
  const { id } = await shownRun(await created)
  const exchange = await world.provider.request('assistant', 1)
  const reader = new EventReader(id)
  await reader.connect(service)
  exchange.release()
  await reader.until(isTerminal)
  expect(await stopped).toBe(0)
  await expectNothingLeftOpen(world)
})

test.concurrent.each(['cut', 'stall'] as const)(
  'a process that is told to stop when its way to postgres is no more (%s) ends, and its runs go on elsewhere',
  async trouble => {
    await using world = await makeWorld('postgres')
    world.provider.script('assistant', [held, answer])
    const url = new URL(world.database.url)
    await using proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
    url.host = `127.0.0.1:${proxy.port}`
    const first = await world.start({ DATABASE_URL: url.href, DRAIN_SECONDS: '1' })
    const runId = await startRun(first)
    const exchange = await world.provider.request('assistant', 1)
    exchange.release(1)
    await exchange.sent(1)
    await proxy[trouble]()
    expect(await first.stop('SIGTERM')).toBe(0)
    // As keepalives would in time: the server learns that its client is gone.
    await proxy.cut()
    const second = await world.start()
    await readWhole(second, runId)
    expect(await getRun(second, runId)).toMatchObject({ status: 'completed', attempt: 2 })
    await expectNothingLeftOpen(world)
  },
)

/** Resolves when the process says that it is not to be sent traffic. */
async function draining(service: Service): Promise<void> {
  await until('/ready answers 503', async () => (await service.request('GET', '/ready')).status === 503)
  expect(await (await service.request('GET', '/ready')).json()).toMatchObject({
    status: 'not_ready',
    checks: { process: { status: 'failed', detail: 'The process is draining.' } },
  })
}
