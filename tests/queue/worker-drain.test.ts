import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { LocalNotifier, type Notifier } from '../../src/db/notifier.ts'
import { Interrupted } from '../../src/queue/abort-reason.ts'
import { rescueJobs } from '../../src/queue/sql/rescue-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock, runningClock } from '../support/fake-clock.ts'
import { enqueue, newJob, newQueue, readJob } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { migratedDatabase, sharedDatabase } from '../support/migrated-database.ts'
import { aborted, startedJob, startWorker } from '../support/worker.ts'

setDefaultTimeout(120_000)
failOnTimersLeft()

const patiently = () => new AbortController().signal

describe.each(engines)('leases and stop of a worker on %s', engine => {
  const opened = sharedDatabase(engine)

  test('waits for what runs when it stops, and claims nothing more', async () => {
    const go = Promise.withResolvers<void>()
    await using started = await startedJob(opened().database, { perform: () => go.promise })
    const { database } = opened()
    const { worker, job, clock, queue } = started
    const stopped = worker.stop(patiently())
    const waiting = newJob(queue)
    await enqueue(database, clock, waiting)
    worker.wake()
    expect(worker.reserve('default')).toBe(false)
    expect(worker.running).toBe(1)
    go.resolve()
    await stopped
    expect(await readJob(database, job.id)).toMatchObject({ state: 'completed' })
    expect(await readJob(database, waiting.id)).toMatchObject({ state: 'available' })
  })

  test('hands back what still runs when its time is up, without counting the attempt, and tells the others', async () => {
    const told: string[] = []
    const publish: Notifier['publish'] = (topic, id) => void told.push(`${topic} ${id}`)
    const notifier = Object.assign(new LocalNotifier(), { publish })
    await using started = await startedJob(opened().database, {
      notifier,
      perform: async attempt => Promise.reject(await aborted(attempt)),
    })
    const { database } = opened()
    const { worker, job, attempt, clock, queue } = started
    const time = new AbortController()
    const stopped = worker.stop(time.signal)
    expect(attempt.signal.aborted).toBe(false)
    time.abort()
    await stopped
    expect(attempt.signal.reason).toBeInstanceOf(Interrupted)
    expect(await readJob(database, job.id)).toMatchObject({
      state: 'available',
      attempt: 0,
      runAt: clock.now(),
      errors: [],
    })
    expect(told.filter(hint => !hint.startsWith('room '))).toEqual([`queue ${queue}`])
  })

  test('keeps its leases while it drains', async () => {
    const go = Promise.withResolvers<void>()
    await using started = await startedJob(opened().database, {
      perform: () => go.promise,
      leaseMs: 150,
      clock: runningClock,
    })
    const { database } = opened()
    const { worker, job } = started
    const stopped = worker.stop(patiently())
    const { leaseExpiresAt } = await readJob(database, job.id)
    // Two leases later it is still its own.
    while (((await readJob(database, job.id)).leaseExpiresAt ?? 0) < (leaseExpiresAt ?? 0) + 300) {
      await new Promise(setImmediate)
    }
    go.resolve()
    await stopped
    expect(await readJob(database, job.id)).toMatchObject({ state: 'completed', attempt: 1 })
  })

  test('waits for a job that is about to be handed to it, and hands that back too', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    await using started = startWorker(database, {
      queue,
      clock,
      perform: async attempt => Promise.reject(await aborted(attempt)),
    })
    const { worker } = started
    while (!worker.reserve('default')) await new Promise(setImmediate)
    let over = false
    const stopped = worker.stop(AbortSignal.abort()).then(() => {
      over = true
    })
    const job = newJob(queue, { handOffTo: worker.id })
    await enqueue(database, clock, job)
    expect(over).toBe(false)
    const { id, tenantId, kind, payload, maxAttempts } = job
    worker.adopt({ id, tenantId, queue, kind, payload, attempt: 1, maxAttempts, ordered: false }, undefined)
    await stopped
    expect(await readJob(database, id)).toMatchObject({ state: 'available', attempt: 0 })
  })

  test('can be stopped twice, and before it started anything', async () => {
    const { database } = opened()
    await using started = startWorker(database, { queue: newQueue(), perform: async () => {} })
    await Promise.all([started.worker.stop(patiently()), started.worker.stop(patiently())])
    await started.worker.stop(AbortSignal.abort())
  })

  test('keeps a job alive beyond its lease', async () => {
    await using own = await migratedDatabase(engine)
    const { database } = own
    const queue = newQueue()
    const clock = runningClock
    const job = newJob(queue)
    await enqueue(database, clock, job)
    const go = Promise.withResolvers<void>()
    await using started = startWorker(database, {
      queue,
      clock,
      leaseMs: 1_000,
      perform: attempt => Promise.race([go.promise, aborted(attempt).then(() => {})]),
    })
    await started.facts.until('job.claimed')
    const { startedAt } = await readJob(database, job.id)
    const lost: unknown[] = []
    while (clock.now() < (startedAt ?? 0) + 1_500 && lost.length === 0) {
      const rescue = { now: clock.now(), limit: 10, everyLease: false }
      lost.push(...(await database.transaction(tx => rescueJobs(tx, rescue))))
      await new Promise(setImmediate)
    }
    expect(lost).toEqual([])
    go.resolve()
    await started.worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({ state: 'completed', attempt: 1 })
  })
})
