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
import { startWorker } from '../support/worker.ts'

setDefaultTimeout(30_000)
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
    expect(started.worker.reserve()).toBe(false)
    await pause(queue, null)
    started.worker.wake()
    while (begun < 3) await new Promise(setImmediate)
  })
})

test('a worker hears from another process that its queue goes on', async () => {
  await using own = await migratedDatabase('postgres')
  const { emit } = new FactLog()
  const here = await openNotifier(own.database, null, emit)
  const other = await own.openAgain()
  const there = await openNotifier(other, null, emit)
  await Promise.all([here.start(), there.start()])
  const queue = newQueue()
  const clock = new FakeClock()
  const set = (pausedAt: number | null) => other.transaction(tx => changeQueue(tx, queue, { pausedAt }, null))
  await set(clock.now())
  await enqueue(other, clock, newJob(queue))
  const ran = Promise.withResolvers<void>()
  {
    await using started = startWorker(own.database, {
      queue,
      notifier: here,
      perform: async () => ran.resolve(),
    })
    while (started.worker.reserve()) {
      started.worker.release()
      await new Promise(setImmediate)
    }
    await set(null)
    const told = performance.now()
    there.publish('queue', queue)
    await ran.promise
    // Its own poll comes each second.
    expect(performance.now() - told).toBeLessThan(800)
  }
  await Promise.all([here, there].map(notifier => notifier.stop(AbortSignal.abort())))
})
