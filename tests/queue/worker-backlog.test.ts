import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { enqueue, newJob, newQueue, readQueue } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { TroubledDatabase, unavailable } from '../support/troubled-database.ts'
import { startWorker } from '../support/worker.ts'

failOnTimersLeft()

describe.each(engines)('a worker with a backlog on %s', engine => {
  const opened = sharedDatabase(engine)

  test('works off a backlog within its limit, and when it stops in the middle leaves nothing that it has claimed', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    await enqueue(database, clock, ...Array.from({ length: 2_000 }, () => newJob(queue)))
    const seen = new Set<string>()
    let most = 0
    let running = 0
    const some = Promise.withResolvers<void>()
    await using started = startWorker(database, {
      queue,
      clock,
      concurrency: 400,
      perform: async ({ job }) => {
        expect(seen.has(job.id)).toBe(false)
        if (seen.add(job.id).size === 500) some.resolve()
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running--
      },
    })
    await some.promise
    await started.worker.stop(new AbortController().signal)
    expect(most).toBeLessThanOrEqual(400)
    const states = Map.groupBy(await readQueue(database, queue), row => row.state)
    expect(
      states
        .get('completed')
        ?.map(row => row.id)
        .sort(),
    ).toEqual([...seen].sort())
    expect([...states.keys()].filter(state => state !== 'completed' && state !== 'available')).toEqual([])
  })

  test('loses nothing of a backlog when a claim fails while what it has claimed begins', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    await enqueue(database, clock, ...Array.from({ length: 1_500 }, () => newJob(queue)))
    const db = new TroubledDatabase(database)
    const ran = new Set<string>()
    const all = Promise.withResolvers<void>()
    await using started = startWorker(db, {
      queue,
      clock,
      concurrency: 400,
      perform: async ({ job }) => {
        if (ran.size === 0) db.next(unavailable)
        if (ran.add(job.id).size === 1_500) all.resolve()
      },
    })
    await all.promise
    await started.worker.stop(new AbortController().signal)
    expect(started.facts.all('job.attempted')).toHaveLength(1_500)
  })

  test('keeps a place of ten for tenants that have no part in a backlog, once one has come', async () => {
    const { database } = opened()
    const queue = newQueue()
    const clock = new FakeClock()
    await enqueue(database, clock, ...Array.from({ length: 40 }, () => newJob(queue)))
    const ends: (() => void)[] = []
    await using started = startWorker(database, {
      queue,
      clock,
      concurrency: 10,
      perform: () => new Promise<void>(resolve => ends.push(resolve)),
    })
    const { worker } = started
    while (worker.running < 10) await new Promise(setImmediate)
    // All are taken by the backlog, and this one is the first to ask.
    expect(worker.reserve('guest')).toBe(false)
    for (const end of ends.splice(0, 2)) end()
    // Also one whose end is still to be written counts as running.
    while (worker.running !== 9 || ends.length !== 9) await new Promise(setImmediate)
    while (!worker.reserve('guest')) await new Promise(setImmediate)
    expect(worker.handOff).toEqual({ handOffTo: worker.id, handOffUnlessWaiting: true })
    expect(worker.reserve('another guest')).toBe(false)
    expect(worker.reserve('default')).toBe(false)
    expect(worker.running).toBe(9)
    worker.release()
    while ((await readQueue(database, queue)).some(row => row.state !== 'completed')) {
      for (const end of ends.splice(0)) end()
      await new Promise(setImmediate)
    }
  })
})
