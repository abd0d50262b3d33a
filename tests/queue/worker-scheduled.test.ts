import { describe, expect, test } from 'bun:test'
import { systemClock } from '../../src/runtime/clock.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { enqueue, newJob, newQueue, readJob } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { TroubledDatabase } from '../support/troubled-database.ts'
import { neverPolls, startWorker } from '../support/worker.ts'

failOnTimersLeft()

describe.each(engines)('a worker and what is due later, on %s', engine => {
  const opened = sharedDatabase(engine)

  test('begins a scheduled job when it is due', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    const job = newJob(queue, { delayMs: 60_000 })
    await enqueue(database, clock, job)
    const ran = Promise.withResolvers<void>()
    const db = new TroubledDatabase(database)
    await using started = startWorker(db, { queue, clock, perform: async () => ran.resolve() })
    while (db.transactions === 0) await new Promise(setImmediate)
    expect(await readJob(database, job.id)).toMatchObject({ state: 'scheduled' })
    clock.advance(60_000)
    started.worker.wake()
    await ran.promise
    await started.facts.until('job.attempted')
  })

  test('sleeps no longer than until the next job is due', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    clock.ms = systemClock.now()
    await enqueue(database, clock, newJob(queue, { delayMs: 100 }))
    const ran = Promise.withResolvers<void>()
    await using _started = startWorker(database, { queue, pollMs: neverPolls, perform: async () => ran.resolve() })
    await ran.promise
  })

  test.each([
    ['is to be tried again', { kind: 'retry', delayMs: 20, message: 'Not yet.' } as const],
    ['snoozes', { kind: 'snooze', delayMs: 20 } as const],
  ])('begins a job that %s soon when it is due, not at its next poll', async (_what, outcome) => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    clock.ms = systemClock.now()
    await enqueue(database, clock, newJob(queue))
    const again = Promise.withResolvers<void>()
    let begun = 0
    await using _started = startWorker(database, {
      queue,
      pollMs: neverPolls,
      perform: async () => {
        if (++begun === 2) return again.resolve()
        return outcome
      },
    })
    await again.promise
  })
})
