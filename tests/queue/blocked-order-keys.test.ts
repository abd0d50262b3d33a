import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import type { ClaimedJob, NewJob, Outcome } from '../../src/queue/job.ts'
import { redriveJobs } from '../../src/queue/redrive.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { rescueJobs } from '../../src/queue/sql/rescue-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readJob } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('order keys on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const settle = (job: Pick<ClaimedJob, 'id' | 'attempt'>, outcome: Outcome) =>
    opened().database.transaction(tx => settleJobs(tx, [{ jobId: job.id, attempt: job.attempt, outcome }], clock.now()))

  describe('that block', () => {
    const discard = { kind: 'discard', message: 'no' } as const
    const blocked = async (key: string) => {
      const { blockedOrderKeys } = opened().database.tables
      const rows = opened().database.orm.select().from(blockedOrderKeys).where(eq(blockedOrderKeys.orderKey, key))
      return (await rows).map(row => [row.jobId, row.queue, row.blockedAt])
    }
    /** Jobs of a new key, whose head has just been discarded. */
    async function failed(count: number, given: Partial<NewJob> = {}) {
      const { database } = opened()
      const key = newQueue()
      const jobs = Array.from({ length: count }, () => newJob(key, { orderKey: key, orderBlocks: true, ...given }))
      await enqueue(database, clock, ...jobs)
      const [head] = await claim(database, clock, key)
      if (head) await settle(head, discard)
      const next = async () => (await claim(database, clock, key)).map(job => job.id)
      return { database, key, ids: jobs.map(job => job.id), next }
    }

    test('let nothing pass when the head is discarded, until it is tried again', async () => {
      const { database, key, ids, next } = await failed(2)
      expect(await blocked(key)).toEqual([[ids[0] ?? '', key, clock.now()]])
      expect(await next()).toEqual([])
      const selection = { tenantId: 'default', ids: ids.slice(0, 1) }
      await database.transaction(tx => redriveJobs(tx, selection, { kinds: new Map(), by: null, now: clock.now() }))
      expect([await blocked(key), await next(), await next()]).toEqual([[], ids.slice(0, 1), []])
      await settle({ id: ids[0] ?? '', attempt: 2 }, { kind: 'completed' })
      expect(await next()).toEqual(ids.slice(1))
    })

    test('go on when the discarded head is cancelled', async () => {
      const { database, key, ids, next } = await failed(2)
      const before = await readJob(database, ids[0] ?? '')
      clock.advance(1_000)
      const released = new Set<string>()
      const cancel = () => database.transaction(tx => cancelJobs(tx, ids.slice(0, 1), clock.now(), released))
      expect(await cancel()).toEqual([{ id: ids[0] ?? '', payload: {}, state: 'cancelled' }])
      expect([...released]).toEqual([key])
      expect(await readJob(database, ids[0] ?? '')).toEqual({
        ...before,
        state: 'cancelled',
        cancelRequestedAt: clock.now(),
      })
      expect([await blocked(key), await next(), await cancel()]).toEqual([[], ids.slice(1), []])
    })

    test('block also when the worker of the head dies in its last attempt', async () => {
      const { database } = opened()
      const key = newQueue()
      const jobs = [1, 2].map(() => newJob(key, { orderKey: key, orderBlocks: true, maxAttempts: 1 }))
      await enqueue(database, clock, ...jobs)
      await claim(database, clock, key)
      clock.advance(leaseMs)
      await database.transaction(tx => rescueJobs(tx, { now: clock.now(), limit: 100, everyLease: false }))
      expect(await blocked(key)).toEqual([[jobs[0]?.id ?? '', key, clock.now()]])
      expect(await claim(database, clock, key)).toEqual([])
    })

    test('do not block where they were not to, or ended otherwise', async () => {
      const { key, ids, next } = await failed(2, { orderBlocks: false })
      expect([await blocked(key), await next()]).toEqual([[], ids.slice(1)])
      const other = newQueue()
      await enqueue(opened().database, clock, newJob(other, { orderKey: other, orderBlocks: true }))
      const [head] = await claim(opened().database, clock, other)
      if (head) await settle(head, { kind: 'cancel' })
      expect(await blocked(other)).toEqual([])
    })
  })
})
