import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { changeQueue, type QueueSettings } from '../../src/queue/queue-settings.ts'
import { claimLimitedJobs } from '../../src/queue/sql/claim-limited-jobs.ts'
import { pauseKey } from '../../src/queue/sql/pause-key.ts'
import { pruneBuckets } from '../../src/queue/sql/prune-buckets.ts'
import { readBuckets } from '../../src/queue/sql/rate-buckets.ts'
import { firstTurn } from '../../src/queue/sql/tenant-turns.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { enqueue, leaseMs, newJob, newQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { neverPolls, startWorker } from '../support/worker.ts'

setDefaultTimeout(120_000)

describe.each(engines)('the rate of a queue on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const set = (queue: string, patch: Partial<Omit<QueueSettings, 'name'>>) =>
    opened().database.transaction(tx => changeQueue(tx, queue, patch, clock.now()))
  const take = (queue: string, limit = 1_000) =>
    opened().database.transaction(tx =>
      claimLimitedJobs(tx, { queue, worker: 'wrk_test', limit, leaseMs, now: clock.now() }, firstTurn),
    )
  const taken = async (queue: string, limit?: number) => (await take(queue, limit)).jobs.length
  const fill = (queue: string, count: number, limitKey: string | null = null) =>
    enqueue(opened().database, clock, ...Array.from({ length: count }, () => newJob(queue, { limitKey })))

  test('lets as many begin as the bucket holds, and the others as it is refilled', async () => {
    const queue = newQueue()
    await set(queue, { rate: { limit: 10, periodMs: 1_000 } })
    await fill(queue, 50)
    expect(await taken(queue, 4)).toBe(4)
    const rest = await take(queue)
    expect([rest.jobs.length, rest.more, rest.waitMs]).toEqual([6, false, 100])
    clock.advance(99)
    expect(await taken(queue)).toBe(0)
    clock.advance(1)
    expect(await taken(queue)).toBe(1)
    clock.advance(250)
    expect(await taken(queue)).toBe(2)
    // Half a token is left from before, and the bucket holds no more than ten.
    clock.advance(60_000)
    expect(await taken(queue)).toBe(10)
  })

  test('can be changed while jobs run: a lower limit takes tokens away', async () => {
    const queue = newQueue()
    await set(queue, { rate: { limit: 100, periodMs: 1_000 } })
    await fill(queue, 300)
    expect(await taken(queue, 20)).toBe(20)
    await set(queue, { rate: { limit: 5, periodMs: 1_000 } })
    expect(await taken(queue)).toBe(5)
    await set(queue, { rate: { limit: 1_000, periodMs: 1_000 } })
    clock.advance(30)
    expect(await taken(queue)).toBe(30)
    await set(queue, { rate: null })
    expect((await take(queue)).jobs).toHaveLength(245)
  })

  test('of a key holds for that key alone', async () => {
    const queue = newQueue()
    await set(queue, { keyRate: { limit: 2, periodMs: 1_000 } })
    await fill(queue, 30, 'a')
    await fill(queue, 5, 'b')
    await fill(queue, 3)
    const claimed = await take(queue)
    expect(claimed.jobs.map(job => job.limitKey ?? '-').sort()).toEqual(['-', '-', '-', 'a', 'a', 'b', 'b'])
    expect([claimed.more, claimed.waitMs]).toEqual([false, 500])
    expect(await taken(queue)).toBe(0)
    clock.advance(500)
    expect((await take(queue)).jobs.map(job => job.limitKey).sort()).toEqual(['a', 'b'])
  })

  test('charges nothing for what does not begin', async () => {
    const queue = newQueue()
    await set(queue, { rate: { limit: 10, periodMs: 1_000 } })
    await fill(queue, 3)
    expect(await taken(queue)).toBe(3)
    expect(await taken(queue)).toBe(0)
    expect(await readBuckets(opened().database, queue, [''])).toEqual([
      { key: '', tokens: 7, refilledAt: clock.now(), pausedUntil: null },
    ])
  })

  test('pauses a key until its time, and never for shorter than was said before', async () => {
    const { database } = opened()
    const queue = newQueue()
    const pause = (key: string, forMs: number) =>
      database.transaction(tx => pauseKey(tx, { queue, key, untilMs: clock.now() + forMs }, clock.now()))
    await fill(queue, 2, 'a')
    await fill(queue, 2, 'b')
    await pause('a', 5_000)
    await pause('a', 1_000)
    const claimed = await take(queue)
    expect(claimed.jobs.map(job => job.limitKey)).toEqual(['b', 'b'])
    expect([claimed.held, claimed.more, claimed.waitMs]).toEqual([true, false, 5_000])
    clock.advance(4_999)
    expect(await taken(queue)).toBe(0)
    clock.advance(1)
    const after = await take(queue)
    expect([after.jobs.length, after.held]).toEqual([2, false])
  })

  test('forgets the buckets that are full again, and no others', async () => {
    const { database } = opened()
    const queue = newQueue()
    const settings = await set(queue, {
      keyRate: { limit: 10, periodMs: 1_000 },
      rate: { limit: 100, periodMs: 1_000 },
    })
    await fill(queue, 1, 'a')
    await fill(queue, 9, 'b')
    await fill(queue, 1, 'paused')
    expect(await taken(queue)).toBe(11)
    await database.transaction(tx => pauseKey(tx, { queue, key: 'paused', forMs: 60_000 }, clock.now()))
    clock.advance(500)
    await database.transaction(tx => pruneBuckets(tx, settings, clock.now()))
    const left = await readBuckets(database, queue, ['', 'a', 'b', 'paused'])
    expect(left.map(bucket => bucket.key).sort()).toEqual(['b', 'paused'])
  })

  test('is kept by workers, who begin again as soon as they may', async () => {
    const { database } = opened()
    const queue = newQueue()
    const now = new FakeClock()
    now.ms = systemClock.now()
    await database.transaction(tx => changeQueue(tx, queue, { rate: { limit: 4, periodMs: 400 } }, now.ms))
    await enqueue(database, now, ...Array.from({ length: 8 }, () => newJob(queue)))
    const starts: number[] = []
    const all = Promise.withResolvers<void>()
    const perform = async () => {
      if (starts.push(performance.now()) === 8) all.resolve()
    }
    // The bucket begins to fill no sooner than now; the first job may be begun later than it was claimed.
    const begun = performance.now()
    await using _a = startWorker(database, { queue, pollMs: neverPolls, perform })
    await using _b = startWorker(database, { queue, pollMs: neverPolls, perform })
    await all.promise
    // Four tokens more take 400 ms.
    expect((starts[7] ?? 0) - begun).toBeGreaterThan(380)
  })

  test('learns of a pause from the job that asks for it', async () => {
    const { database } = opened()
    const queue = newQueue()
    const now = new FakeClock()
    now.ms = systemClock.now()
    const jobs = Array.from({ length: 3 }, () => newJob(queue, { limitKey: 'provider' }))
    await enqueue(database, now, ...jobs)
    const starts: number[] = []
    const all = Promise.withResolvers<void>()
    await using _started = startWorker(database, {
      queue,
      concurrency: 1,
      pollMs: neverPolls,
      perform: async () => {
        if (starts.push(performance.now()) === 4) all.resolve()
        return starts.length === 1
          ? { kind: 'retry', delayMs: 300, message: 'Too many requests.', pausesKey: true }
          : undefined
      },
    })
    await all.promise
    const [first = 0, second = 0] = starts
    expect(second - first).toBeGreaterThan(290)
  })
})
