import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import type { ClaimedJob, NewJob } from '../../src/queue/job.ts'
import { changeQueue, type QueueSettings } from '../../src/queue/queue-settings.ts'
import { claimLimitedJobs } from '../../src/queue/sql/claim-limited-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { firstTurn } from '../../src/queue/sql/tenant-turns.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { neverPolls, startWorker } from '../support/worker.ts'

setDefaultTimeout(120_000)

const keyed = (queue: string, limitKey: string | null, count: number, given: Partial<NewJob> = {}) =>
  Array.from({ length: count }, () => newJob(queue, { limitKey, ...given }))

const countByKey = (jobs: ClaimedJob[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { limitKey } of jobs) counts[limitKey ?? 'none'] = (counts[limitKey ?? 'none'] ?? 0) + 1
  return counts
}

describe.each(engines)('the limits of a queue on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const set = (queue: string, patch: Partial<Omit<QueueSettings, 'name'>>) =>
    opened().database.transaction(tx => changeQueue(tx, queue, patch, clock.now()))
  const take = (queue: string, limit = 100, database: Database = opened().database) =>
    database.transaction(tx =>
      claimLimitedJobs(tx, { queue, worker: 'wrk_test', limit, leaseMs, now: clock.now() }, firstTurn),
    )
  const complete = (jobs: ClaimedJob[]) =>
    opened().database.transaction(tx =>
      settleJobs(
        tx,
        jobs.map(({ id, attempt }) => ({
          jobId: id,
          attempt,
          outcome: { kind: 'completed' } as const,
          forgets: false,
        })),
        clock.now(),
      ),
    )

  test('of jobs at a time hold for all that claim, and end with the jobs', async () => {
    const { database } = opened()
    const queue = newQueue()
    await set(queue, { concurrency: 5 })
    await enqueue(database, clock, ...keyed(queue, null, 20))
    const first = await take(queue, 3)
    expect(first.jobs).toHaveLength(3)
    const second = await take(queue)
    expect(second.jobs).toHaveLength(2)
    expect(second.more).toBe(false)
    expect((await take(queue)).jobs).toEqual([])
    await complete(first.jobs)
    expect((await take(queue)).jobs).toHaveLength(3)
  })

  test('hold back the claims of those who do not know of them', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, ...keyed(queue, null, 3))
    await set(queue, { concurrency: 1 })
    expect(await claim(database, clock, queue)).toEqual([])
    await set(queue, { concurrency: null, depthLimit: 10 })
    expect(await claim(database, clock, queue)).toHaveLength(3)
  })

  test('of a key let the others pass, however many jobs of the key wait before them', async () => {
    const { database } = opened()
    const queue = newQueue()
    await set(queue, { keyConcurrency: 2 })
    await enqueue(database, clock, ...keyed(queue, 'crowded', 2_000))
    clock.advance(1_000)
    await enqueue(database, clock, ...keyed(queue, 'a', 3), ...keyed(queue, 'b', 1), ...keyed(queue, null, 4))
    const claimed = await take(queue)
    expect(countByKey(claimed.jobs)).toEqual({ crowded: 2, a: 2, b: 1, none: 4 })
    expect(claimed.more).toBe(false)
    await complete(claimed.jobs)
    expect(countByKey((await take(queue)).jobs)).toEqual({ crowded: 2, a: 1 })
  })

  test('of many keys are all found, in a few claims', async () => {
    const { database } = opened()
    const queue = newQueue()
    await set(queue, { keyConcurrency: 1 })
    for (let key = 0; key < 12; key++) await enqueue(database, clock, ...keyed(queue, `key ${key}`, 300))
    const jobs: ClaimedJob[] = []
    for (let claims = 0, more = true; more; claims++) {
      const claimed = await take(queue)
      jobs.push(...claimed.jobs)
      more = claimed.more
      expect(claims).toBeLessThan(12)
    }
    expect(Object.values(countByKey(jobs))).toEqual(Array(12).fill(1))
  })

  test('leave the turns to the tenants', async () => {
    const { database } = opened()
    const queue = newQueue()
    await set(queue, { concurrency: 4 })
    await enqueue(database, clock, ...keyed(queue, null, 50, { tenantId: 'busy' }))
    clock.advance(1_000)
    await enqueue(database, clock, ...keyed(queue, null, 50, { tenantId: 'quiet' }))
    const { jobs } = await take(queue)
    expect(jobs.map(job => job.tenantId).sort()).toEqual(['busy', 'busy', 'quiet', 'quiet'])
  })

  test('are never passed, nor left unused, by several who claim and settle at once', async () => {
    const { database } = opened()
    const others = engine === 'sqlite' ? [] : [await opened().openAgain(), await opened().openAgain()]
    const queue = newQueue()
    await set(queue, { concurrency: 7, keyConcurrency: 2 })
    const jobs = Array.from({ length: 120 }, (_, index) => newJob(queue, { limitKey: `key ${index % 5}` }))
    await enqueue(database, clock, ...jobs)
    const running = new Map<string, number>()
    const ran: string[] = []
    let most = 0
    await Promise.all(
      [database, ...others].map(async from => {
        while (ran.length < jobs.length) {
          const { jobs: mine } = await take(queue, 4, from)
          for (const job of mine) {
            ran.push(job.id)
            const key = job.limitKey ?? ''
            running.set(key, (running.get(key) ?? 0) + 1)
            expect(running.get(key)).toBeLessThanOrEqual(2)
          }
          const total = [...running.values()].reduce((sum, count) => sum + count, 0)
          most = Math.max(most, total)
          expect(total).toBeLessThanOrEqual(7)
          // Let the others try; not running any more as soon as the database may say so.
          await from.query('select 1', [])
          for (const { limitKey } of mine) running.set(limitKey ?? '', (running.get(limitKey ?? '') ?? 0) - 1)
          if (mine.length > 0) await complete(mine)
        }
      }),
    )
    expect(new Set(ran).size).toBe(jobs.length)
    expect(most).toBeGreaterThan(2)
  })

  test('are kept by workers, who begin the next job when one has ended', async () => {
    const { database } = opened()
    const queue = newQueue()
    await set(queue, { concurrency: 3 })
    await enqueue(database, clock, ...keyed(queue, null, 24))
    let running = 0
    let most = 0
    let ended = 0
    const all = Promise.withResolvers<void>()
    const perform = async () => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      if (++ended === 24) all.resolve()
    }
    await using _a = startWorker(database, { queue, clock, perform, pollMs: neverPolls })
    await using _b = startWorker(database, { queue, clock, perform, pollMs: neverPolls })
    await all.promise
    expect(most).toBeLessThanOrEqual(3)
  })

  test('keep a worker from taking over what has not been counted', async () => {
    const { database } = opened()
    const queue = newQueue()
    await using started = startWorker(database, { queue, clock: systemClock, perform: async () => {} })
    const { worker } = started
    while (!worker.reserve('default')) await new Promise(setImmediate)
    worker.release()
    await set(queue, { concurrency: 100 })
    worker.wake()
    while (worker.reserve('default')) {
      worker.release()
      await new Promise(setImmediate)
    }
    await set(queue, { concurrency: null })
    worker.wake()
    while (!worker.reserve('default')) await new Promise(setImmediate)
    worker.release()
  })
})
