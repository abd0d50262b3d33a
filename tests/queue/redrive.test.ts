import { describe, expect, test } from 'bun:test'
import type { NewJob, Outcome } from '../../src/queue/job.ts'
import type { JobKind } from '../../src/queue/kind.ts'
import { type RedriveSelection, redriveJobs } from '../../src/queue/redrive.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue, readJob, running } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { testKind } from '../support/worker.ts'

const once: JobKind = { ...testKind(async () => {}, 'once'), notRedriven: 'It has been paid already.' }
const kinds = new Map([['once', once]])

describe.each(engines)('redriving on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const redrive = (selection: RedriveSelection, by: string | null = 'key_a') =>
    opened().database.transaction(tx => redriveJobs(tx, selection, { kinds, by, now: clock.now() }))
  const byIds = (...ids: string[]) => redrive({ tenantId: 'default', ids })

  const settle = (jobId: string, attempt: number, outcome: Outcome) =>
    opened().database.transaction(tx => settleJobs(tx, [{ jobId, attempt, outcome }], clock.now()))
  const discard = { kind: 'discard', message: 'No.' } as const
  const retry = { kind: 'retry', delayMs: 0, message: 'Again.' } as const

  async function discarded(given: Partial<NewJob> = {}) {
    const job = await running(opened().database, clock, given)
    await settle(job.id, 1, discard)
    return job
  }

  test('makes a discarded job available at once, and keeps what is known of it', async () => {
    const { database } = opened()
    const job = await discarded()
    const before = await readJob(database, job.id)
    clock.advance(1_000)
    const { id, queue } = job
    expect(await byIds(id)).toEqual({ redriven: [{ id, queue }], refused: [] })
    expect(await readJob(database, id)).toEqual({
      ...before,
      state: 'available',
      runAt: clock.now(),
      finishedAt: null,
      maxAttempts: 4,
      redrives: [{ at: clock.now(), attempt: 1, state: 'discarded', by: 'key_a' }],
    })
    expect(await claim(database, clock, queue)).toMatchObject([{ id, attempt: 2 }])
  })

  test('gives it as many attempts as it had at first, each time, and repeats no number', async () => {
    const { database } = opened()
    const job = await running(database, clock, { maxAttempts: 2 })
    const numbers = [job.attempt]
    for (const attempt of [1, 2, 3, 4, 5, 6]) {
      await settle(job.id, attempt, attempt % 2 === 0 ? discard : retry)
      if (attempt % 2 === 0) await byIds(job.id)
      const [next] = await claim(database, clock, job.queue)
      numbers.push(next?.attempt ?? 0)
      expect(next?.maxAttempts).toBe(attempt < 2 ? 2 : attempt < 4 ? 4 : attempt < 6 ? 6 : 8)
    }
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect((await readJob(database, job.id)).errors).toHaveLength(6)
  })

  test('makes a cancelled job available that never began, without a wish to cancel it', async () => {
    const { database } = opened()
    const job = newJob(newQueue(), { delayMs: 60_000 })
    await enqueue(database, clock, job)
    await database.transaction(tx => cancelJobs(tx, [job.id], clock.now()))
    expect(await byIds(job.id)).toMatchObject({ redriven: [{ id: job.id }] })
    expect(await readJob(database, job.id)).toMatchObject({
      state: 'available',
      runAt: clock.now(),
      attempt: 0,
      maxAttempts: 3,
      cancelRequestedAt: null,
      redrives: [{ attempt: 0, state: 'cancelled' }],
    })
  })

  test('says nothing of jobs that have not ended, are completed, are not there or are of another tenant', async () => {
    const { database } = opened()
    const completed = await running(database, clock)
    await settle(completed.id, 1, { kind: 'completed' })
    const active = await running(database, clock)
    const foreign = await discarded({ tenantId: 'another' })
    expect(await byIds(completed.id, active.id, foreign.id, 'job_none')).toEqual({ redriven: [], refused: [] })
    expect(await readJob(database, foreign.id)).toMatchObject({ state: 'discarded', tenantId: 'another' })
  })

  test('refuses kinds that cannot be tried again, with their reason', async () => {
    const { database } = opened()
    const refused = await discarded({ kind: 'once' })
    const job = await discarded()
    expect(await byIds(refused.id, job.id)).toEqual({
      redriven: [{ id: job.id, queue: job.queue }],
      refused: [{ id: refused.id, reason: 'It has been paid already.' }],
    })
    expect(await readJob(database, refused.id)).toMatchObject({ state: 'discarded', redrives: [] })
    const filter = { tenantId: 'default', kind: 'once', limit: 10 }
    await expect(redrive(filter)).rejects.toMatchObject({ code: 'conflict', message: 'It has been paid already.' })
  })

  test('takes the oldest discarded ones of a queue and a kind, up to a number', async () => {
    const { database } = opened()
    const queue = newQueue()
    const jobs: string[] = []
    for (const kind of ['test', 'once', 'test', 'other', 'test']) jobs.push((await discarded({ queue, kind })).id)
    const cancelled = newJob(queue)
    await enqueue(database, clock, cancelled)
    await database.transaction(tx => cancelJobs(tx, [cancelled.id], clock.now()))
    await discarded({ queue, tenantId: 'another' })
    const ids = async (filter: { kind?: string; limit: number }) =>
      (await redrive({ tenantId: 'default', queue, ...filter })).redriven.map(({ id }) => id)
    expect(await ids({ kind: 'test', limit: 2 })).toEqual([jobs[0] ?? '', jobs[2] ?? ''])
    expect(await ids({ limit: 10 })).toEqual([jobs[3] ?? '', jobs[4] ?? ''])
    expect(await ids({ limit: 10 })).toEqual([])
  })

  test('keeps a unique key where it is free, and leaves it to whoever has it', async () => {
    const { database } = opened()
    const unique = (key: string) =>
      ({ key, states: ['scheduled', 'available', 'running'], forMs: null, onConflict: { kind: 'keep' } }) as const
    const [free, taken, shared] = [newQueue(), newQueue(), newQueue()]
    const one = await discarded({ unique: unique(free) })
    const two = await discarded({ unique: unique(taken) })
    const holder = await running(database, clock, { unique: unique(taken) })
    const three = await discarded({ unique: unique(shared) })
    const four = await discarded({ unique: unique(shared) })
    await byIds(one.id, two.id, three.id, four.id)
    const keys = await Promise.all(
      [one, two, holder, three, four].map(async ({ id }) => (await readJob(database, id)).uniqueKey),
    )
    expect(keys).toEqual([free, null, taken, shared, null])
  })

  describe('of one order key', () => {
    const ordered = async (count: number) => {
      const key = newQueue()
      const jobs = Array.from({ length: count }, () => newJob(key, { orderKey: key, maxAttempts: 1 }))
      await enqueue(opened().database, clock, ...jobs)
      return { key, ids: jobs.map(({ id }) => id) }
    }
    /** Completes jobs of the key one after the other. */
    async function runAll(key: string) {
      const order: string[] = []
      for (;;) {
        const claimed = await claim(opened().database, clock, key)
        if (claimed.length === 0) return order
        for (const job of claimed) {
          order.push(job.id)
          await settle(job.id, job.attempt, { kind: 'completed' })
        }
        expect(claimed).toHaveLength(1)
      }
    }
    const failNext = async (key: string) => {
      const [job] = await claim(opened().database, clock, key)
      if (job) await settle(job.id, job.attempt, discard)
    }

    test('comes before all that have not begun, in the order that they had', async () => {
      const { key, ids } = await ordered(4)
      await failNext(key)
      await failNext(key)
      await byIds(...ids.slice(0, 2).reverse())
      expect(await runAll(key)).toEqual(ids)
    })

    test('waits for what runs', async () => {
      const { key, ids } = await ordered(3)
      await failNext(key)
      const [active] = await claim(opened().database, clock, key)
      expect(active?.id).toBe(ids[1])
      await byIds(ids[0] ?? '')
      expect(await claim(opened().database, clock, key)).toEqual([])
      await settle(active?.id ?? '', 1, { kind: 'completed' })
      expect(await runAll(key)).toEqual([ids[0] ?? '', ids[2] ?? ''])
    })

    test('stays before what is enqueued later, also where the rest is cancelled', async () => {
      const { key, ids } = await ordered(2)
      const { database } = opened()
      await failNext(key)
      await byIds(ids[0] ?? '')
      await database.transaction(tx => cancelJobs(tx, ids.slice(1), clock.now()))
      const later = newJob(key, { orderKey: key, handOffTo: 'wrk_a' })
      expect(await enqueue(database, clock, later)).toMatchObject([{ id: later.id, state: 'available' }])
      expect(await runAll(key)).toEqual([ids[0] ?? '', later.id])
    })
  })
})
