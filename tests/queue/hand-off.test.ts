import { describe, expect, test } from 'bun:test'
import type { NewJob } from '../../src/queue/job.ts'
import { changeQueue, type QueueSettings } from '../../src/queue/queue-settings.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('handing over jobs on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const change = (queue: string, patch: Partial<QueueSettings>) =>
    opened().database.transaction(tx => changeQueue(tx, queue, patch, clock.now()))
  const handOver = async (queue: string, given: Partial<NewJob> = {}) => {
    const [inserted] = await enqueue(opened().database, clock, newJob(queue, { handOffTo: 'wrk_a', ...given }))
    return inserted?.state
  }

  test.each<Partial<QueueSettings>>([
    { pausedAt: 1 },
    { concurrency: 5 },
    { keyConcurrency: 5 },
    { rate: { limit: 5, periodMs: 1_000 } },
    { keyRate: { limit: 5, periodMs: 1_000 } },
  ])('is for claims to decide where a queue has %o', async patch => {
    const queue = newQueue()
    await change(queue, patch)
    expect(await handOver(queue)).toBe('available')
    expect(await handOver(newQueue())).toBe('running')
    await change(queue, { pausedAt: null, concurrency: null, keyConcurrency: null, rate: null, keyRate: null })
    expect(await handOver(queue, { limitKey: 'key' })).toBe('running')
  })

  test('passes by the jobs of others where it may, and by none of its own tenant', async () => {
    const queue = newQueue()
    const guest = { handOffUnlessWaiting: true, tenantId: 'guest' }
    await enqueue(opened().database, clock, newJob(queue), newJob(queue, { tenantId: 'guest', delayMs: 1_000 }))
    expect(await handOver(queue, guest)).toBe('running')
    await enqueue(opened().database, clock, newJob(queue, { tenantId: 'guest' }))
    expect(await handOver(queue, guest)).toBe('available')
    expect(await handOver(queue, { ...guest, orderKey: `${queue} key` })).toBe('available')
    expect(await handOver(queue, { ...guest, tenantId: 'another', orderKey: `${queue} other key` })).toBe('running')
    expect(await handOver(queue, { ...guest, handOffUnlessWaiting: false })).toBe('running')
  })

  test('goes on in a queue of limited depth', async () => {
    const queue = newQueue()
    await change(queue, { depthLimit: 5 })
    expect(await handOver(queue)).toBe('running')
  })

  test('rests while the limit key is paused', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, newJob(queue, { limitKey: 'model' }))
    const [job] = await claim(database, clock, queue)
    const outcome = { kind: 'retry', delayMs: 1_000, message: '429', pausesKey: true } as const
    const settlements = [{ jobId: job?.id ?? '', attempt: 1, outcome }]
    await database.transaction(tx => settleJobs(tx, settlements, clock.now()))
    expect(await handOver(queue, { limitKey: 'model' })).toBe('available')
    clock.advance(1_001)
    expect(await handOver(queue, { limitKey: 'model' })).toBe('running')
  })

  test('does not pass by an order key that is blocked', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, newJob(queue, { orderKey: queue, orderBlocks: true }))
    const [job] = await claim(database, clock, queue)
    const settlements = [{ jobId: job?.id ?? '', attempt: 1, outcome: { kind: 'discard', message: 'no' } as const }]
    await database.transaction(tx => settleJobs(tx, settlements, clock.now()))
    expect(await handOver(queue, { orderKey: queue })).toBe('available')
    expect(await handOver(queue, { orderKey: `${queue} other` })).toBe('running')
  })
})
