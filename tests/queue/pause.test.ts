import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { openNotifier } from '../../src/db/open-notifier.ts'
import { changeQueue } from '../../src/queue/queue-settings.ts'
import { engines } from '../support/database.ts'
import { FactLog } from '../support/fact-log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { migratedDatabase, sharedDatabase } from '../support/migrated-database.ts'
import { TroubledDatabase } from '../support/troubled-database.ts'
import { neverPolls, startWorker } from '../support/worker.ts'

setDefaultTimeout(120_000)
failOnTimersLeft()

describe.each(engines)('a paused queue on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const pause = (queue: string, pausedAt: number | null) =>
    opened().database.transaction(tx => changeQueue(tx, queue, { pausedAt }, clock.now()))

  test('gives nothing to anybody from the commit on, and all of it when it is resumed', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, newJob(queue), newJob(queue))
    expect(await claim(database, clock, queue, { limit: 1 })).toHaveLength(1)
    await pause(queue, clock.now())
    expect(await claim(database, clock, queue)).toEqual([])
    const another = newQueue()
    await enqueue(database, clock, newJob(another))
    expect(await claim(database, clock, another)).toHaveLength(1)
    await pause(queue, null)
    expect(await claim(database, clock, queue)).toHaveLength(1)
  })

  test('lets what runs end, and begins nothing', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, newJob(queue), newJob(queue), newJob(queue))
    let begun = 0
    const first = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const db = new TroubledDatabase(database)
    await using started = startWorker(db, {
      queue,
      clock,
      concurrency: 1,
      perform: async () => {
        if (++begun === 1) first.resolve()
        await go.promise
      },
    })
    await first.promise
    await pause(queue, clock.now())
    go.resolve()
    await started.facts.until('job.attempted')
    while (started.worker.running > 0) await new Promise(setImmediate)
    // The second of two claims begins after the end of the first.
    const { transactions } = db
    while (db.transactions < transactions + 2) {
      started.worker.wake()
      await new Promise(setImmediate)
    }
    expect(begun).toBe(1)
    expect(started.worker.reserve('default')).toBe(false)
    await pause(queue, null)
    started.worker.wake()
    while (begun < 3) await new Promise(setImmediate)
  })
})

/** Two processes' notifiers and connections on one Postgres. */
async function twoProcesses() {
  const own = await migratedDatabase('postgres')
  const { emit } = new FactLog()
  const here = await openNotifier(own.database, null, emit)
  const other = await own.openAgain()
  const there = await openNotifier(other, null, emit)
  await Promise.all([here.start(), there.start()])
  return {
    database: own.database,
    here,
    other,
    there,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([here, there].map(notifier => notifier.stop(AbortSignal.abort())))
      await own[Symbol.asyncDispose]()
    },
  }
}

test('a worker hears from another process that its queue goes on', async () => {
  await using two = await twoProcesses()
  const { database, here, other, there } = two
  const queue = newQueue()
  const clock = new FakeClock()
  const set = (pausedAt: number | null) => other.transaction(tx => changeQueue(tx, queue, { pausedAt }, null))
  await set(clock.now())
  await enqueue(other, clock, newJob(queue))
  const ran = Promise.withResolvers<void>()
  const db = new TroubledDatabase(database)
  await using _started = startWorker(db, {
    queue,
    notifier: here,
    pollMs: neverPolls,
    perform: async () => ran.resolve(),
  })
  // It has looked once, and once more by the counts; then it sleeps.
  while (db.transactions < 2 || db.stats().active > 0) await new Promise(setImmediate)
  await set(null)
  there.publish('queue', queue)
  await ran.promise
})

test('a worker that stops leaves its places on a limited queue to others at once', async () => {
  await using two = await twoProcesses()
  const queue = newQueue()
  const clock = new FakeClock()
  await two.other.transaction(tx => changeQueue(tx, queue, { concurrency: 1 }, null))
  await enqueue(two.database, clock, newJob(queue), newJob(queue))
  const go = Promise.withResolvers<void>()
  const next = Promise.withResolvers<void>()
  await using first = startWorker(two.database, { queue, notifier: two.here, perform: () => go.promise })
  await first.facts.until('job.claimed')
  const db = new TroubledDatabase(two.other)
  await using _second = startWorker(db, {
    queue,
    notifier: two.there,
    pollMs: neverPolls,
    perform: async () => next.resolve(),
  })
  while (db.transactions < 2 || db.stats().active > 0) await new Promise(setImmediate)
  const stopped = first.worker.stop(new AbortController().signal)
  go.resolve()
  await stopped
  await next.promise
})
