import { describe, expect, test } from 'bun:test'
import type { ClaimedJob } from '../../src/queue/job.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { enqueue, newJob, newQueue, readJob, readQueue } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { held, TroubledDatabase } from '../support/troubled-database.ts'
import { neverPolls, startWorker, testKind } from '../support/worker.ts'

failOnTimersLeft()

describe.each(engines)('a worker on %s', engine => {
  const opened = sharedDatabase(engine)

  test('runs each job once and writes what it decided', async () => {
    const { database } = opened()
    const clock = new FakeClock()
    const queue = newQueue()
    const jobs = Array.from({ length: 30 }, (_, index) => newJob(queue, { payload: index }))
    await enqueue(database, clock, ...jobs)
    const ran: ClaimedJob[] = []
    const all = Promise.withResolvers<void>()
    await using started = startWorker(database, {
      queue,
      clock,
      perform: async ({ job, warm }) => {
        expect(warm).toBeUndefined()
        if (ran.push(job) === jobs.length) all.resolve()
      },
    })
    await all.promise
    await started.worker.stop(new AbortController().signal)
    expect(ran.map(job => job.payload).sort((a, b) => Number(a) - Number(b))).toEqual(
      jobs.map(job => job.payload ?? null),
    )
    expect(new Set((await readQueue(database, queue)).map(row => row.state))).toEqual(new Set(['completed']))
    expect(started.facts.all('job.attempted')).toHaveLength(jobs.length)
  })

  test('runs as many at a time as it may, and no more', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, new FakeClock(), ...Array.from({ length: 25 }, () => newJob(queue)))
    let most = 0
    let running = 0
    let begun = 0
    const full = Promise.withResolvers<void>()
    await using started = startWorker(database, {
      queue,
      concurrency: 7,
      clock: new FakeClock(),
      perform: async () => {
        most = Math.max(most, ++running)
        if (++begun === 7) full.resolve()
        await full.promise
        await new Promise(setImmediate)
        running--
      },
    })
    await full.promise
    expect(started.worker.running).toBe(7)
    while (begun < 25 || started.worker.running > 0) await new Promise(setImmediate)
    expect(most).toBe(7)
  })

  test('begins at once when it is told of a job', async () => {
    const { database } = opened()
    const queue = newQueue()
    const ran = Promise.withResolvers<void>()
    const db = new TroubledDatabase(database)
    await using started = startWorker(db, { queue, pollMs: neverPolls, perform: async () => ran.resolve() })
    // Its first look finds nothing.
    while (db.transactions === 0) await new Promise(setImmediate)
    const clock = { ms: systemClock.now() }
    await enqueue(database, Object.assign(new FakeClock(), clock), newJob(queue))
    started.worker.wake()
    await ran.promise
  })

  test('finds a job that nobody told it of', async () => {
    const { database } = opened()
    const queue = newQueue()
    const ran = Promise.withResolvers<void>()
    const db = new TroubledDatabase(database)
    await using _started = startWorker(db, { queue, perform: async () => ran.resolve() })
    while (db.transactions === 0) await new Promise(setImmediate)
    await enqueue(database, new FakeClock(), newJob(queue))
    await ran.promise
  })

  test('begins the next job of an order key when the one before has ended', async () => {
    const { database } = opened()
    const queue = newQueue()
    const jobs = Array.from({ length: 6 }, () => newJob(queue, { orderKey: queue }))
    await enqueue(database, new FakeClock(), ...jobs)
    const order: string[] = []
    const all = Promise.withResolvers<void>()
    await using _started = startWorker(database, {
      queue,
      clock: new FakeClock(),
      pollMs: neverPolls,
      perform: async ({ job }) => {
        if (order.push(job.id) === jobs.length) all.resolve()
      },
    })
    await all.promise
    expect(order).toEqual(jobs.map(job => job.id))
  })

  test('shares a queue with other workers: each job runs once', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    const jobs = Array.from({ length: 200 }, () => newJob(queue))
    await enqueue(database, clock, ...jobs)
    const ran: string[] = []
    const all = Promise.withResolvers<void>()
    const options = {
      queue,
      clock,
      concurrency: 5,
      perform: async ({ job }: { job: ClaimedJob }) => {
        if (ran.push(job.id) === jobs.length) all.resolve()
      },
    }
    await using _a = startWorker(database, options)
    await using _b = startWorker(database, options)
    await all.promise
    expect(ran.sort()).toEqual(jobs.map(job => job.id).sort())
  })

  test('discards a job of a kind that it does not know', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    const job = newJob(queue, { kind: 'unheard_of' })
    await enqueue(database, clock, job)
    await using started = startWorker(database, { queue, clock, perform: async () => {} })
    expect(await started.facts.until('job.attempted')).toMatchObject({ kind: 'unheard_of', outcome: 'discard' })
    await started.worker.stop(new AbortController().signal)
    expect(await readJob(database, job.id)).toMatchObject({
      state: 'discarded',
      errors: [{ attempt: 1, message: 'This program knows no job kind "unheard_of".' }],
    })
  })

  test('gives each kind its own jobs', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    await enqueue(database, clock, newJob(queue), newJob(queue, { kind: 'other' }))
    const ran: string[] = []
    const other = testKind(async ({ job }) => void ran.push(`other ${job.kind}`), 'other')
    await using started = startWorker(database, {
      queue,
      clock,
      kinds: [other],
      perform: async ({ job }) => void ran.push(`test ${job.kind}`),
    })
    await started.facts.until('job.attempted', fact => fact.kind === 'other')
    await started.facts.until('job.attempted', fact => fact.kind === 'test')
    expect(ran.sort()).toEqual(['other other', 'test test'])
  })

  test('keeps room for a job that is handed over, and runs it with what came with it', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    const warm = { run: 'warm' }
    const seen = Promise.withResolvers<unknown>()
    const db = new TroubledDatabase(database)
    await using started = startWorker(db, {
      queue,
      clock,
      concurrency: 1,
      perform: async attempt => seen.resolve(attempt.warm),
    })
    const { worker } = started
    // It must have seen that nothing waits.
    while (!worker.reserve('default')) await new Promise(setImmediate)
    expect(worker.reserve('default')).toBe(false)
    worker.release()
    expect(worker.reserve('default')).toBe(true)
    const job = newJob(queue, { handOffTo: worker.id })
    await enqueue(database, clock, job)
    const { id, tenantId, kind, payload, maxAttempts } = job
    worker.adopt({ id, tenantId, queue, kind, payload, attempt: 1, maxAttempts, ordered: false }, warm)
    expect(worker.reserve('default')).toBe(false)
    expect(await seen.promise).toBe(warm)
    await started.facts.until('job.attempted')
    while (!worker.reserve('default')) await new Promise(setImmediate)
    worker.release()
    while (worker.running > 0) await new Promise(setImmediate)
    expect(await readJob(database, id)).toMatchObject({ state: 'completed', attempt: 1 })
  })

  test('begins what it was told of while it had no room as soon as it has', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    const go = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    let begun = 0
    await using started = startWorker(database, {
      queue,
      clock,
      concurrency: 1,
      pollMs: neverPolls,
      perform: async () => {
        if (++begun === 2) second.resolve()
        await go.promise
      },
    })
    const { worker } = started
    while (!worker.reserve('default')) await new Promise(setImmediate)
    const job = newJob(queue, { handOffTo: worker.id })
    await enqueue(database, clock, job)
    const { id, tenantId, kind, payload, maxAttempts } = job
    worker.adopt({ id, tenantId, queue, kind, payload, attempt: 1, maxAttempts, ordered: false }, undefined)
    await enqueue(database, clock, newJob(queue))
    worker.wake()
    // It looks, and sleeps until its next poll.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    go.resolve()
    await second.promise
  })

  test('takes nothing over while others wait longer', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    await enqueue(database, clock, newJob(queue), newJob(queue))
    const go = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    await using started = startWorker(database, {
      queue,
      clock,
      concurrency: 1,
      perform: async () => {
        begun.resolve()
        await go.promise
      },
    })
    await begun.promise
    expect(started.worker.reserve('default')).toBe(false)
    go.resolve()
  })

  test('stays within its limit when jobs are handed over while it claims', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    const db = new TroubledDatabase(database)
    const go = Promise.withResolvers<void>()
    await using started = startWorker(db, {
      queue,
      clock,
      concurrency: 4,
      perform: async () => {
        await go.promise
      },
    })
    const { worker } = started
    while (!worker.reserve('default')) await new Promise(setImmediate)
    worker.release()
    await enqueue(database, clock, ...Array.from({ length: 4 }, () => newJob(queue)))
    const claiming = held()
    db.next(claiming.trouble)
    worker.wake()
    await claiming.entered
    let reserved = 0
    while (worker.reserve('default')) reserved++
    expect(reserved).toBeGreaterThan(0)
    claiming.release()
    while (worker.running + reserved < 4) await new Promise(setImmediate)
    worker.wake()
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    expect(worker.running + reserved).toBe(4)
    while (reserved-- > 0) worker.release()
    go.resolve()
    while ((await readQueue(database, queue)).some(row => row.state !== 'completed')) await new Promise(setImmediate)
  })
})
