import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { rescueJobs } from '../../src/queue/sql/rescue-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock, runningClock } from '../support/fake-clock.ts'
import { enqueue, leaseMs, newJob, newQueue, readJob, readQueue } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { migratedDatabase, openUrl, sharedDatabase } from '../support/migrated-database.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { answerLost, TroubledDatabase, unavailable } from '../support/troubled-database.ts'
import { startWorker } from '../support/worker.ts'

setDefaultTimeout(120_000)
failOnTimersLeft()

const patiently = () => new AbortController().signal

describe.each(engines)('without its database a worker on %s', engine => {
  const opened = sharedDatabase(engine)

  test('says so, goes on trying, and runs what waits when it is back', async () => {
    const database = new TroubledDatabase(opened().database)
    const queue = newQueue()
    const clock = new FakeClock()
    await enqueue(database, clock, newJob(queue))
    database.outage = true
    const ran = Promise.withResolvers<void>()
    await using started = startWorker(database, { queue, clock, perform: async () => ran.resolve() })
    await started.facts.until('loop.failed', () => started.facts.all('loop.failed').length >= 3)
    expect(started.facts.all('loop.failed')[0]).toMatchObject({ loop: `${queue} claim` })
    database.outage = false
    await ran.promise
  })

  test('takes what it claimed without knowing it for lost, until its lease ends', async () => {
    const database = new TroubledDatabase(opened().database)
    const queue = newQueue()
    const clock = new FakeClock()
    const job = newJob(queue)
    await enqueue(database, clock, job)
    const attempts: number[] = []
    database.next(answerLost)
    await using started = startWorker(database, {
      queue,
      clock,
      perform: async attempt => void attempts.push(attempt.job.attempt),
    })
    await started.facts.until('loop.failed')
    expect(await readJob(database, job.id)).toMatchObject({ state: 'running', attempt: 1 })
    clock.advance(leaseMs)
    await database.transaction(tx => rescueJobs(tx, { now: clock.now(), limit: 1_000, everyLease: false }))
    started.worker.wake()
    await started.facts.until('job.attempted')
    expect(attempts).toEqual([2])
  })

  test('leaves a job whose outcome it cannot write to its lease', async () => {
    const database = new TroubledDatabase(opened().database)
    const queue = newQueue()
    const clock = new FakeClock()
    const job = newJob(queue)
    await enqueue(database, clock, job)
    await using started = startWorker(database, {
      queue,
      clock,
      perform: async () => {
        if (database.outage) return
        database.next(unavailable)
      },
    })
    expect(await started.facts.until('job.abandoned')).toMatchObject({ jobId: job.id, attempt: 1 })
    await started.worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({ state: 'running', attempt: 1 })
  })

  test('keeps its leases when its heartbeat has failed for a while', async () => {
    const database = new TroubledDatabase(opened().database)
    const queue = newQueue()
    const job = newJob(queue)
    await enqueue(database, runningClock, job)
    const go = Promise.withResolvers<void>()
    await using started = startWorker(database, {
      queue,
      clock: runningClock,
      leaseMs: 600,
      perform: () => go.promise,
    })
    await started.facts.until('job.claimed')
    database.outage = true
    await started.facts.until('loop.failed', fact => fact.loop === `${queue} heartbeat`)
    database.outage = false
    const before = await readJob(database, job.id)
    while ((await readJob(database, job.id)).leaseExpiresAt === before.leaseExpiresAt) {
      await new Promise(setImmediate)
    }
    go.resolve()
    await started.worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({ state: 'completed', attempt: 1 })
  })
})

test('a worker survives a Postgres that goes away and comes back, again and again', async () => {
  await using opened = await migratedDatabase('postgres')
  const { hostname, port, pathname } = new URL(opened.url)
  await using proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  const { database, close } = await openUrl(`postgres://bunkhouse@127.0.0.1:${proxy.port}${pathname}`)
  const queue = newQueue()
  const clock = new FakeClock()
  let ran = Promise.withResolvers<void>()
  {
    await using started = startWorker(database, { queue, clock, perform: async () => ran.resolve() })
    for (let round = 1; round <= 3; round++) {
      await proxy.cut()
      await enqueue(opened.database, clock, newJob(queue))
      const { facts } = started
      await facts.until('loop.failed', () => facts.all('loop.failed').length >= 2 * round)
      await proxy.restore()
      started.worker.wake()
      let isOver = false
      void ran.promise.then(() => {
        isOver = true
      })
      for (let unknown = 0; !isOver; ) {
        const taken = (await readQueue(opened.database, queue)).some(row => row.state === 'running')
        // A claim that was on its way when the line was cut may have taken the job, and nobody was told: its lease ends.
        unknown = taken && started.worker.running === 0 ? unknown + 1 : 0
        if (unknown === 500) {
          clock.advance(leaseMs + 1)
          await opened.database.transaction(tx => rescueJobs(tx, { now: clock.now(), limit: 10, everyLease: false }))
          started.worker.wake()
        }
      }
      ran = Promise.withResolvers()
      while (started.worker.running > 0) await new Promise(setImmediate)
    }
    await started.worker.stop(patiently())
  }
  expect((await readQueue(opened.database, queue)).map(row => row.state)).toEqual(Array(3).fill('completed'))
  await close()
})
