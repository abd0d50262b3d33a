import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import type { Turn } from '../support/provider/turn.ts'
import type { Service } from '../support/service.ts'
import { EventReader, isTerminal, readWhole } from './event-reader.ts'
import { testsOfProcesses } from './processes.ts'
import { expectNothingLeftOpen, getRun, startRun } from './runs.ts'
import { makeWorld, until } from './world.ts'

testsOfProcesses()

const held: Turn = { text: ['What ', 'the zombie ', 'says.'], hold: true }
const answer: Turn = { text: ['All ', 'is ', 'well.'] }
const waitForIt: Turn = { toolCalls: [{ id: 'call_wait', name: 'wait', input: { text: 'that' } }] }

describe('a process on postgres that was stopped for longer than its lease', () => {
  test.concurrent('writes nothing more when it wakes, as another one has taken over', async () => {
    await using world = await makeWorld('postgres', ['talker', 'assistant'])
    const { provider, tools } = world
    provider.script('talker', [held, answer])
    provider.script('assistant', [waitForIt, answer])
    const first = await world.start()
    const runIds = [await startRun(first, { agent: 'talker' }), await startRun(first, { agent: 'assistant' })]
    const exchange = await provider.request('talker', 1)
    const call = await tools.call('wait', 1)
    expect(await runningOn(first)).toBe(2)
    // Only now, so that it is the first that has them.
    const second = await world.start()
    const readers = runIds.map(runId => new EventReader(runId))
    const connections = await Promise.all(readers.map(reader => reader.connect(second)))
    exchange.release(1)
    await readers[0]?.until(({ event }) => event === 'text.delta')

    first.process.kill('SIGSTOP')
    const secondCall = await tools.call('wait', 2)
    secondCall.answer('from the second')
    for (const { over } of connections) expect(await over).toBe('ended')

    // All that it was waiting for is there when it wakes.
    exchange.release()
    call.answer('from the first')
    first.process.kill('SIGCONT')
    await until('both writes of the zombie were refused', async () => (await fencedWrites(first)) === 2)
    await until('the zombie has let go', async () => (await runningOn(first)) === 0)

    for (const [index, reader] of readers.entries()) {
      const runId = runIds[index] ?? ''
      for (const service of [first, second]) {
        expect(await readWhole(service, runId)).toEqual(reader.frames)
        expect(await getRun(service, runId)).toMatchObject({ status: 'completed', output: 'All is well.', attempt: 2 })
      }
      const takenOver = reader.frames.findIndex(({ event }) => event === 'run.retrying')
      expect(
        reader.frames
          .slice(takenOver)
          .map(({ data }) => data)
          .join(),
      ).not.toContain('zombie')
      expect(reader.frames.map(({ data }) => data).join()).not.toContain('from the first')
    }
    expect(await fencedWrites(second)).toBe(0)
    await expectNothingLeftOpen(world)
    // It is fit for new work.
    const runId = await startRun(first)
    await readWhole(first, runId)
    expect(await getRun(first, runId)).toMatchObject({ status: 'completed', attempt: 1 })
  })

  test.concurrent('does not keep its job for ever when that was inside a transaction', async () => {
    await using world = await makeWorld('postgres')
    world.provider.script('assistant', [held, answer])
    const first = await world.start()
    const runId = await startRun(first)
    const exchange = await world.provider.request('assistant', 1)
    const second = await world.start()
    // Its transaction holds the job and waits; when it can go on, there is nobody to end it.
    const lock = await world.lock('lock table run_events in exclusive mode')
    exchange.release(1)
    await lock.awaited()
    first.process.kill('SIGSTOP')
    await lock.release()
    // Between two statements, or in the middle of one that its connection has not seen before.
    const silent = () =>
      world.sql(`select 1 from pg_stat_activity where datname = current_database() and xact_start is not null
        and (state = 'idle in transaction' or (state = 'active' and wait_event = 'ClientRead'))`)
    await until('the server waits for it', async () => (await silent()).length > 0)

    const frames = await readWhole(second, runId)
    expect(await getRun(second, runId)).toMatchObject({ status: 'completed', output: 'All is well.', attempt: 2 })
    exchange.release()
    first.process.kill('SIGCONT')
    await until('the zombie has let go', async () => (await runningOn(first)) === 0)
    expect(await readWhole(first, runId)).toEqual(frames)
    await expectNothingLeftOpen(world)
  })

  test.concurrent('may get its own job again, and keeps that lease', async () => {
    await using world = await makeWorld('postgres')
    world.provider.script('assistant', [held, { ...answer, hold: true }])
    const first = await world.start({ ROLES: 'api,worker' })
    // Takes jobs from the dead, and runs none.
    await world.start({ ROLES: 'scheduler' })
    const runId = await startRun(first)
    const reader = new EventReader(runId)
    await reader.connect(first)
    const exchange = await world.provider.request('assistant', 1)
    exchange.release(1)
    await reader.until(({ event }) => event === 'text.delta')

    first.process.kill('SIGSTOP')
    await until(
      'its job is available',
      async () => (await world.sql(`select 1 from jobs where state = 'available'`)).length > 0,
    )
    exchange.release()
    first.process.kill('SIGCONT')
    const again = await world.provider.request('assistant', 2)
    const leases = async () =>
      (await world.sql<{ lease: string }>('select lease_expires_at::text lease from jobs'))[0]?.lease
    for (let renewals = 0; renewals < 2; renewals++) {
      const lease = await leases()
      await until('the lease is renewed', async () => (await leases()) !== lease)
    }
    again.release()
    await reader.until(isTerminal)
    expect(await getRun(first, runId)).toMatchObject({ status: 'completed', output: 'All is well.', attempt: 2 })
    expect(world.provider.requests('assistant')).toHaveLength(2)
    const attempts = reader.frames.filter(({ event }) => event.startsWith('run.')).map(({ event }) => event)
    expect(attempts).toEqual(['run.created', 'run.started', 'run.retrying', 'run.started', 'run.completed'])
    await expectNothingLeftOpen(world)
  })
})

describe.each(engines)('a process on %s that is alone and slept for longer than its lease', engine => {
  test.concurrent('goes on with its runs where it was', async () => {
    await using world = await makeWorld(engine)
    world.provider.script('assistant', [held, answer])
    const service = await world.start({ LEASE_SECONDS: '5' })
    const runId = await startRun(service)
    const reader = new EventReader(runId)
    await reader.connect(service)
    const exchange = await world.provider.request('assistant', 1)
    exchange.release(1)
    await reader.until(({ event }) => event === 'text.delta')

    const longAgo = engine === 'sqlite' ? '1' : `now() - interval '1 hour'`
    for (let hasSlept = false; !hasSlept; ) {
      service.process.kill('SIGSTOP')
      hasSlept = await world.sql(`update jobs set lease_expires_at = ${longAgo}`).then(
        () => true,
        error => {
          // It fell asleep in the middle of a commit.
          if (!String(error).includes('database is locked')) throw error
          return false
        },
      )
      service.process.kill('SIGCONT')
    }
    const now = engine === 'sqlite' ? `unixepoch('now') * 1000` : 'now()'
    const renewed = async () => (await world.sql(`select 1 from jobs where lease_expires_at > ${now}`)).length > 0
    await until('the lease is renewed', renewed)
    exchange.release()
    await reader.until(isTerminal)
    expect(await getRun(service, runId)).toMatchObject({ status: 'completed', attempt: 1 })
    expect(world.provider.requests('assistant')).toHaveLength(1)
    await expectNothingLeftOpen(world)
  })
})

const metric = async (service: Service, pattern: RegExp): Promise<number> =>
  Number(pattern.exec(await (await service.request('GET', '/metrics')).text())?.[1] ?? 0)

const fencedWrites = (service: Service): Promise<number> =>
  metric(service, /^bunkhouse_job_fenced_writes_total\{.*\} (\d+)$/m)

const runningOn = (service: Service): Promise<number> => metric(service, /^bunkhouse_jobs_running (\d+)$/m)
