import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { CancelRequested, LeaseLost } from '../../src/queue/abort-reason.ts'
import type { Attempt } from '../../src/queue/kind.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { rescueJobs } from '../../src/queue/sql/rescue-jobs.ts'
import { engines } from '../support/database.ts'
import { type JobRow, leaseMs, readJob } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { aborted, startedJob, type TestWorkerOptions } from '../support/worker.ts'

setDefaultTimeout(120_000)
failOnTimersLeft()

const patiently = () => new AbortController().signal
const errorsOf = (row: JobRow) => row.errors as { attempt: number; at: number; message: string }[]

describe.each(engines)('a worker on %s', engine => {
  const opened = sharedDatabase(engine)

  test('tries a job again that threw, later each time, until its attempts are used up', async () => {
    const messages = ['first', 'second', 'third']
    let attempts = 0
    await using started = await startedJob(opened().database, {
      perform: async ({ job }) => {
        attempts++
        throw new Error(messages[job.attempt - 1])
      },
    })
    const { database } = opened()
    const { clock, job, facts, worker } = started
    const begunAt = clock.now()
    for (const attempt of [1, 2]) {
      await facts.until('job.attempted', () => facts.all('job.attempted').length === attempt)
      while ((await readJob(database, job.id)).state === 'running') await new Promise(setImmediate)
      const row = await readJob(database, job.id)
      expect(row).toMatchObject({ state: 'scheduled', attempt, finishedAt: null })
      // From a tenth of the ceiling to the whole of it: a second, then two.
      expect(row.runAt - clock.now()).toBeGreaterThanOrEqual(100 * attempt)
      expect(row.runAt - clock.now()).toBeLessThanOrEqual(1_000 * attempt)
      clock.advance(10_000)
      worker.wake()
    }
    await facts.until('job.attempted', fact => fact.outcome === 'discard')
    await worker.stop(patiently())
    expect(attempts).toBe(3)
    const row = await readJob(database, job.id)
    expect(row).toMatchObject({ state: 'discarded', attempt: 3, finishedAt: clock.now() })
    expect(errorsOf(row)).toEqual(
      messages.map((message, index) => ({ attempt: index + 1, at: begunAt + 10_000 * index, message })),
    )
  })

  test('writes down what was thrown, whatever that is', async () => {
    await using started = await startedJob(opened().database, { perform: () => Promise.reject('a text') }, 1)
    await started.worker.stop(patiently())
    expect(errorsOf(await readJob(opened().database, started.job.id))).toMatchObject([{ message: 'a text' }])
  })

  test('puts a job off without counting when it says so', async () => {
    await using started = await startedJob(opened().database, {
      perform: async () => ({ kind: 'snooze', delayMs: 5_000 }),
    })
    await started.worker.stop(patiently())
    const { clock } = started
    expect(await readJob(opened().database, started.job.id)).toMatchObject({
      state: 'scheduled',
      attempt: 0,
      runAt: clock.now() + 5_000,
    })
  })

  test('tells a job that it was cancelled, and cancels it when that stops it', async () => {
    await using started = await startedJob(opened().database, {
      perform: async attempt => Promise.reject(await aborted(attempt)),
    })
    const { database } = opened()
    const { worker, job, attempt, clock } = started
    await database.transaction(tx => cancelJobs(tx, [job.id], clock.now()))
    worker.cancel(job.id)
    expect(await aborted(attempt)).toBeInstanceOf(CancelRequested)
    await worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({ state: 'cancelled', attempt: 1, finishedAt: clock.now() })
  })

  test('cancels a job also in its last attempt, rather than to discard it', async () => {
    const { database } = opened()
    const perform: TestWorkerOptions['perform'] = async attempt => Promise.reject(await aborted(attempt))
    await using started = await startedJob(database, { perform }, 1)
    const { worker, job, clock } = started
    await database.transaction(tx => cancelJobs(tx, [job.id], clock.now()))
    worker.cancel(job.id)
    await worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({ state: 'cancelled', errors: [] })
  })

  test('learns from its heartbeat that a job was cancelled', async () => {
    await using started = await startedJob(opened().database, {
      perform: async attempt => Promise.reject(await aborted(attempt)),
    })
    const { database } = opened()
    const { worker, job, attempt, clock } = started
    await database.transaction(tx => cancelJobs(tx, [job.id], clock.now()))
    await worker.renewLeases()
    expect(await aborted(attempt)).toBeInstanceOf(CancelRequested)
    await worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({ state: 'cancelled' })
  })

  test('lets a job that was cancelled complete if it does', async () => {
    const go = Promise.withResolvers<void>()
    await using started = await startedJob(opened().database, { perform: () => go.promise })
    const { database } = opened()
    const { worker, job } = started
    worker.cancel(job.id)
    go.resolve()
    await worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({ state: 'completed' })
  })

  test('learns from its heartbeat that it lost a job, and writes nothing more of it', async () => {
    await using started = await startedJob(opened().database, {
      perform: async attempt => Promise.reject(await aborted(attempt)),
    })
    const { database } = opened()
    const { worker, job, attempt, facts } = started
    const take = `update jobs set state = 'available', lease_expires_at = null, run_at = run_at + `
    const later = engine === 'sqlite' ? '3600000' : `interval '1 h'`
    await database.transaction(tx => tx.query(`${take} ${later} where id = '${job.id}'`, []))
    const before = await readJob(database, job.id)
    await worker.renewLeases()
    expect(await aborted(attempt)).toBeInstanceOf(LeaseLost)
    expect(await facts.until('job.lost')).toMatchObject({ jobId: job.id, attempt: 1 })
    await worker.stop(patiently())
    expect(await readJob(database, job.id)).toEqual(before)
  })

  test('does not write the outcome of a job that it lost before it noticed', async () => {
    const go = Promise.withResolvers<void>()
    await using started = await startedJob(opened().database, { perform: () => go.promise })
    const { database } = opened()
    const { worker, job, facts } = started
    await database.transaction(tx =>
      tx.query(`update jobs set attempt = 2, worker = 'wrk_other' where id = '${job.id}'`, []),
    )
    const before = await readJob(database, job.id)
    go.resolve()
    expect(await facts.until('job.lost')).toMatchObject({ jobId: job.id, attempt: 1 })
    await worker.stop(patiently())
    expect(await readJob(database, job.id)).toEqual(before)
  })

  test('keeps an attempt that it lost to itself apart from the one in its place', async () => {
    const first = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    const again = Promise.withResolvers<Attempt>()
    await using started = await startedJob(opened().database, {
      perform: async attempt => {
        if (attempt.job.attempt === 1) return first.promise
        again.resolve(attempt)
        return second.promise
      },
    })
    const { database } = opened()
    const { worker, job, clock, facts, attempt } = started
    // Its heartbeats failed for longer than a lease, and another process has rescued the job.
    clock.advance(leaseMs)
    await database.transaction(tx => rescueJobs(tx, { now: clock.now(), limit: 100, everyLease: false }))
    worker.wake()
    const successor = await again.promise
    expect(attempt.signal.reason).toBeInstanceOf(LeaseLost)
    first.resolve()
    await facts.until('job.lost', fact => fact.attempt === 1)
    expect(worker.running).toBe(1)
    expect(await readJob(database, job.id)).toMatchObject({ state: 'running', attempt: 2 })
    clock.advance(leaseMs - 1)
    await worker.renewLeases()
    expect(successor.signal.aborted).toBe(false)
    expect(await readJob(database, job.id)).toMatchObject({ leaseExpiresAt: clock.now() + leaseMs })
    second.resolve()
    await worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({ state: 'completed', attempt: 2 })
  })

  test('does not touch a job again that it has settled', async () => {
    await using started = await startedJob(opened().database, { perform: async () => {} })
    const { database } = opened()
    const { worker, job, facts, clock } = started
    await facts.until('job.attempted')
    while (worker.running > 0) await new Promise(setImmediate)
    const before = await readJob(database, job.id)
    clock.advance(leaseMs)
    for (let beat = 0; beat < 3; beat++) await worker.renewLeases()
    worker.cancel(job.id)
    await worker.stop(AbortSignal.abort())
    expect(await readJob(database, job.id)).toEqual(before)
    expect(facts.all('job.lost')).toEqual([])
  })
})
