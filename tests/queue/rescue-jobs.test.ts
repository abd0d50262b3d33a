import { describe, expect, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import type { NewJob } from '../../src/queue/job.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { rescueJobs } from '../../src/queue/sql/rescue-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, leaseMs, newJob, newQueue, readJob, running } from '../support/jobs.ts'
import { migratedDatabase } from '../support/migrated-database.ts'

const message = 'The worker died or lost its lease.'

// Every test has a database of its own: a rescue takes from all queues.
describe.each(engines)('rescuing on %s', engine => {
  const clock = new FakeClock()

  const rescue = (database: Database, { everyLease = false, limit = 100 } = {}) =>
    database.transaction(tx => rescueJobs(tx, { now: clock.now(), limit, everyLease }))

  async function withJob(given: Partial<NewJob> = {}) {
    const opened = await migratedDatabase(engine)
    const job = await running(opened.database, clock, given)
    return { ...opened, job, before: await readJob(opened.database, job.id) }
  }

  test('makes a job available whose lease has ended, and keeps its attempt', async () => {
    await using opened = await withJob({ payload: { run_id: 'run_a' } })
    const { database, job, before } = opened
    clock.advance(leaseMs - 1)
    expect(await rescue(database)).toEqual([])
    clock.advance(1)
    const { id, queue, kind } = job
    expect(await rescue(database)).toEqual([
      { id, queue, kind, payload: { run_id: 'run_a' }, attempt: 1, state: 'available' },
    ])
    expect(await readJob(database, id)).toEqual({
      ...before,
      state: 'available',
      leaseExpiresAt: null,
      worker: null,
      errors: [{ attempt: 1, at: clock.now(), message }],
    })
    expect(await rescue(database)).toEqual([])
    expect(await claim(database, clock, queue)).toMatchObject([{ id, attempt: 2 }])
  })

  test('discards a job whose attempts are used up', async () => {
    await using opened = await withJob({ maxAttempts: 1 })
    const { database, job, before } = opened
    clock.advance(leaseMs)
    expect(await rescue(database)).toMatchObject([{ id: job.id, attempt: 1, state: 'discarded' }])
    expect(await readJob(database, job.id)).toEqual({
      ...before,
      state: 'discarded',
      finishedAt: clock.now(),
      leaseExpiresAt: null,
      worker: null,
      errors: [{ attempt: 1, at: clock.now(), message }],
    })
  })

  test('ends a job that was to be cancelled, whatever attempts it has left', async () => {
    await using opened = await withJob()
    const { database, job } = opened
    await database.transaction(tx => cancelJobs(tx, [job.id], clock.now()))
    clock.advance(leaseMs)
    expect(await rescue(database)).toMatchObject([{ id: job.id, state: 'cancelled' }])
    expect(await readJob(database, job.id)).toMatchObject({ state: 'cancelled', finishedAt: clock.now(), worker: null })
  })

  test('appends to the errors of earlier attempts', async () => {
    await using opened = await withJob()
    const { database, job } = opened
    const failed = { kind: 'retry', delayMs: 0, message: 'first "é"' } as const
    await database.transaction(tx => settleJobs(tx, [{ jobId: job.id, attempt: 1, outcome: failed }], clock.now()))
    await claim(database, clock, job.queue)
    const at = clock.now()
    clock.advance(leaseMs)
    await rescue(database)
    expect((await readJob(database, job.id)).errors).toEqual([
      { attempt: 1, at, message: 'first "é"' },
      { attempt: 2, at: clock.now(), message },
    ])
  })

  test('takes every lease where the process owns the whole database', async () => {
    await using opened = await withJob()
    const { database, job } = opened
    expect(await rescue(database, { everyLease: true })).toMatchObject([{ id: job.id, state: 'available' }])
  })

  test('leaves alone what is not running', async () => {
    await using opened = await withJob()
    const { database, job } = opened
    await database.transaction(tx =>
      settleJobs(tx, [{ jobId: job.id, attempt: 1, outcome: { kind: 'completed' } }], clock.now()),
    )
    await enqueue(database, clock, newJob(newQueue()), newJob(newQueue(), { delayMs: 1 }))
    clock.advance(10 * leaseMs)
    expect(await rescue(database)).toEqual([])
    expect(await rescue(database, { everyLease: true })).toEqual([])
  })

  test('takes the oldest leases first, in batches', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const jobs: string[] = []
    for (let index = 0; index < 5; index++) {
      jobs.push((await running(database, clock)).id)
      clock.advance(10)
    }
    clock.advance(leaseMs)
    const ids = async () => (await rescue(database, { limit: 2 })).map(job => job.id).sort()
    expect([await ids(), await ids(), await ids(), await ids()]).toEqual([
      jobs.slice(0, 2).sort(),
      jobs.slice(2, 4).sort(),
      jobs.slice(4),
      [],
    ])
  })

  test('by several at once takes each job once', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const others = engine === 'sqlite' ? [database] : await Promise.all(Array.from({ length: 4 }, opened.openAgain))
    const queue = newQueue()
    await enqueue(database, clock, ...Array.from({ length: 200 }, () => newJob(queue)))
    await claim(database, clock, queue, { limit: 200 })
    clock.advance(leaseMs)
    const rescued: string[] = []
    const sweep = async (from: Database) => {
      for (;;) {
        const jobs = await rescue(from, { limit: 10 })
        rescued.push(...jobs.map(job => job.id))
        // The others may have locked the rest, and are about to take it.
        if (jobs.length === 0) break
      }
    }
    await Promise.all([database, ...others].map(sweep))
    expect(rescued).toHaveLength(200)
    expect(new Set(rescued)).toHaveProperty('size', 200)
  })
})
