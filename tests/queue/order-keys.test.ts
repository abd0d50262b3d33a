import { describe, expect, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import type { ClaimedJob, Outcome } from '../../src/queue/job.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { claimChosenJobs } from '../../src/queue/sql/claim-chosen-jobs.ts'
import { insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { unfinishedJobs } from '../../src/queue/sql/unfinished-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readJob, readQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('jobs of one order key on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const settle = (job: Pick<ClaimedJob, 'id' | 'attempt'>, outcome: Outcome) =>
    opened().database.transaction(tx => settleJobs(tx, [{ jobId: job.id, attempt: job.attempt, outcome }], clock.now()))

  /** Jobs of a new key, on a new queue that is also the key's name. */
  async function ordered(count: number) {
    const { database } = opened()
    const key = newQueue()
    const jobs = Array.from({ length: count }, () => newJob(key, { orderKey: key }))
    await enqueue(database, clock, ...jobs)
    const next = async () => (await claim(database, clock, key)).map(job => job.id)
    return { database, key, jobs, ids: jobs.map(job => job.id), next }
  }

  test('run one at a time, in the order in which they were enqueued', async () => {
    const { database, key, ids } = await ordered(5)
    const order: string[] = []
    for (;;) {
      const claimed = await claim(database, clock, key)
      if (claimed.length === 0) break
      expect(claimed).toMatchObject([{ ordered: true }])
      order.push(...claimed.map(job => job.id))
      for (const job of claimed) {
        expect(await claim(database, clock, key)).toEqual([])
        await settle(job, { kind: 'completed' })
      }
    }
    expect(order).toEqual(ids)
  })

  test('keep that order, whatever their priority and time', async () => {
    const { database } = opened()
    const key = newQueue()
    const first = newJob(key, { orderKey: key, priority: 9, delayMs: 1_000 })
    const second = newJob(key, { orderKey: key, priority: -9 })
    await enqueue(database, clock, first)
    await enqueue(database, clock, second)
    // The first is not due: the second waits for it all the same.
    expect(await claim(database, clock, key)).toEqual([])
    expect((await readQueue(database, key)).map(row => row.orderPosition)).toEqual([1, 2])
  })

  test('do not wait for those of another key, or of none', async () => {
    const { database, key, ids } = await ordered(2)
    const other = newJob(key, { orderKey: `${key} other` })
    const free = [newJob(key), newJob(key)]
    await enqueue(database, clock, other, ...free)
    const claimed = (await claim(database, clock, key)).map(job => job.id)
    expect(claimed.sort()).toEqual([...ids.slice(0, 1), other.id, ...free.map(job => job.id)].sort())
  })

  test.each<[string, Outcome]>([
    ['is put off', { kind: 'retry', delayMs: 1_000, message: 'no' }],
    ['snoozes', { kind: 'snooze', delayMs: 1_000 }],
  ])('wait while the head %s', async (_what, outcome) => {
    const { database, key, ids } = await ordered(2)
    const [head] = await claim(database, clock, key)
    expect(head?.id).toBe(ids[0])
    if (head) await settle(head, outcome)
    expect(await claim(database, clock, key)).toEqual([])
  })

  test('go on with the head when it was interrupted', async () => {
    const { database, key, ids, next } = await ordered(2)
    const [head] = await claim(database, clock, key)
    if (head) await settle(head, { kind: 'interrupted' })
    expect(await next()).toEqual(ids.slice(0, 1))
  })

  test.each<Outcome>([{ kind: 'completed' }, { kind: 'cancel' }, { kind: 'discard', message: 'no' }])(
    'go on when the head has ended by $kind',
    async outcome => {
      const { database, key, ids, next } = await ordered(2)
      const [head] = await claim(database, clock, key)
      if (head) await settle(head, outcome)
      expect(await next()).toEqual(ids.slice(1, 2))
    },
  )

  test('go on when a waiting head is cancelled', async () => {
    const { database, ids, next } = await ordered(3)
    await database.transaction(tx => cancelJobs(tx, ids.slice(0, 1), clock.now()))
    expect(await next()).toEqual(ids.slice(1, 2))
  })

  test('go on past one in the middle that is cancelled', async () => {
    const { database, key, ids, next } = await ordered(3)
    await database.transaction(tx => cancelJobs(tx, ids.slice(1, 2), clock.now()))
    const [head] = await claim(database, clock, key)
    if (head) await settle(head, { kind: 'completed' })
    expect(await next()).toEqual(ids.slice(2, 3))
  })

  test('wait while a running head is only asked to stop', async () => {
    const { database, key, ids } = await ordered(2)
    await claim(database, clock, key)
    await database.transaction(tx => cancelJobs(tx, ids.slice(0, 1), clock.now()))
    expect(await claim(database, clock, key)).toEqual([])
  })

  test('are handed over only where nothing is before them', async () => {
    const { database } = opened()
    const key = newQueue()
    const job = () => newJob(key, { orderKey: key, handOffTo: 'wrk_a' })
    const states = async (...jobs: ReturnType<typeof job>[]) => {
      const inserted = new Map((await enqueue(database, clock, ...jobs)).map(one => [one.id, one.state]))
      return jobs.map(one => inserted.get(one.id))
    }
    const head = job()
    expect(await states(head, job())).toEqual(['running', 'available'])
    expect(await states(job())).toEqual(['available'])
    await settle({ id: head.id, attempt: 1 }, { kind: 'completed' })
    expect(await states(job())).toEqual(['available'])
    for (const row of await readQueue(database, key)) {
      if (row.finishedAt === null) await database.transaction(tx => cancelJobs(tx, [row.id], clock.now()))
    }
    expect(await states(job())).toEqual(['running'])
  })

  test('are counted on from the last unfinished one', async () => {
    const { database, key, jobs } = await ordered(3)
    const [head] = await claim(database, clock, key)
    if (head) await settle(head, { kind: 'completed' })
    const more = newJob(key, { orderKey: key })
    await enqueue(database, clock, more)
    expect(await readJob(database, more.id)).toMatchObject({ orderPosition: 4 })
    const unfinished = await database.transaction(tx => unfinishedJobs(tx, key))
    expect(unfinished).toEqual([...jobs.slice(1).map(job => job.id), more.id])
  })

  test('are claimed in order also when they are chosen', async () => {
    const { database, key, ids } = await ordered(3)
    const chosen = () =>
      database.transaction(tx =>
        claimChosenJobs(tx, { ids: ids.slice(1), queue: key, worker: 'wrk_a', leaseMs, now: clock.now() }),
      )
    expect(await chosen()).toEqual([])
    const [head] = await claim(database, clock, key)
    if (head) await settle(head, { kind: 'completed' })
    expect(await chosen()).toMatchObject([{ id: ids[1], ordered: true }])
  })

  test('enqueued by many at once are numbered without gaps, and all run in that order', async () => {
    const { database, openAgain } = opened()
    const others: Database[] = engine === 'sqlite' ? [] : await Promise.all(Array.from({ length: 3 }, openAgain))
    const writers = [database, ...others]
    const keys = [newQueue(), newQueue()]
    const queue = newQueue()
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const pair = index % 2 === 0 ? keys : keys.toReversed()
        const jobs = pair.map(orderKey => newJob(queue, { orderKey }))
        return writers[index % writers.length]?.transaction(tx => insertJobs(tx, jobs, { now: clock.now(), leaseMs }))
      }),
    )
    const rows = await readQueue(database, queue)
    for (const key of keys) {
      const own = rows.filter(row => row.orderKey === key).map(row => row.orderPosition ?? 0)
      expect(own.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
    }
    const order: Record<string, number[]> = {}
    for (;;) {
      const claimed = await claim(database, clock, queue)
      if (claimed.length === 0) break
      expect(claimed.length).toBeLessThanOrEqual(keys.length)
      for (const job of claimed) {
        const row = rows.find(({ id }) => id === job.id)
        const ran = order[row?.orderKey ?? ''] ?? []
        order[row?.orderKey ?? ''] = [...ran, row?.orderPosition ?? 0]
        await settle(job, { kind: 'completed' })
      }
    }
    const all = Array.from({ length: 60 }, (_, index) => index + 1)
    expect(order).toEqual({ [keys[0] ?? '']: all, [keys[1] ?? '']: all })
  })
})
