import { describe, expect, test } from 'bun:test'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { type Hold, holdJobs } from '../../src/queue/sql/hold-jobs.ts'
import { renewLeases } from '../../src/queue/sql/renew-leases.ts'
import { rescueJobs } from '../../src/queue/sql/rescue-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, leaseMs, readJob, running } from '../support/jobs.ts'
import { migratedDatabase, sharedDatabase } from '../support/migrated-database.ts'

const holdOf = (job: { id: string; attempt: number }): Hold => ({ jobId: job.id, attempt: job.attempt })

describe.each(engines)('leases on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const renew = (...holds: Hold[]) =>
    opened().database.transaction(tx => renewLeases(tx, holds, { now: clock.now(), leaseMs }))
  const hold = (...holds: Hold[]) => opened().database.transaction(tx => holdJobs(tx, holds))

  test('are renewed from now on, and nothing else changes', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    const before = await readJob(database, job.id)
    clock.advance(leaseMs - 1)
    expect(await renew(holdOf(job))).toEqual([{ id: job.id, cancelRequested: false }])
    expect(await readJob(database, job.id)).toEqual({ ...before, leaseExpiresAt: clock.now() + leaseMs })
  })

  test('are renewed late as well, as long as nobody has taken the job', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    clock.advance(10 * leaseMs)
    expect(await renew(holdOf(job))).toHaveLength(1)
  })

  test('are renewed for those of a batch that are still held', async () => {
    const { database } = opened()
    const jobs = await Promise.all([running(database, clock), running(database, clock), running(database, clock)])
    const [mine, finished, other] = jobs
    const settlement = { jobId: finished.id, attempt: 1, outcome: { kind: 'completed' } as const }
    await database.transaction(tx => settleJobs(tx, [settlement], clock.now()))
    const holds = [holdOf(mine), holdOf(finished), { jobId: other.id, attempt: 2 }, { jobId: 'job_none', attempt: 1 }]
    expect(await renew(...holds)).toEqual([{ id: mine.id, cancelRequested: false }])
    expect(await hold(...holds)).toEqual(new Set([mine.id]))
    expect(await renew()).toEqual([])
    expect(await hold()).toEqual(new Set())
  })

  test('tell the worker that somebody wants the job cancelled', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    await database.transaction(tx => cancelJobs(tx, [job.id], clock.now()))
    expect(await renew(holdOf(job))).toEqual([{ id: job.id, cancelRequested: true }])
    expect(await hold(holdOf(job))).toEqual(new Set([job.id]))
  })

  test('are lost to the attempt that comes after', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    clock.advance(leaseMs)
    await database.transaction(tx => rescueJobs(tx, { now: clock.now(), limit: 100, everyLease: false }))
    expect(await hold(holdOf(job))).toEqual(new Set())
    const [again] = await claim(database, clock, job.queue)
    expect(again).toMatchObject({ id: job.id, attempt: 2 })
    expect(await hold(holdOf(job))).toEqual(new Set())
    expect(await renew(holdOf(job))).toEqual([])
    expect(await hold({ jobId: job.id, attempt: 2 })).toEqual(new Set([job.id]))
  })

  test('that are held cannot be taken over until the holder has committed', async () => {
    // On SQLite nobody else writes in the meantime anyway.
    if (engine === 'sqlite') return
    await using own = await migratedDatabase(engine)
    const { database } = own
    const another = await own.openAgain()
    const job = await running(database, clock)
    clock.advance(2 * leaseMs)
    const rescue = () => another.transaction(tx => rescueJobs(tx, { now: clock.now(), limit: 100, everyLease: false }))
    await database.transaction(async tx => {
      expect(await holdJobs(tx, [holdOf(job)])).toEqual(new Set([job.id]))
      expect(await rescue()).toEqual([])
    })
    expect(await rescue()).toHaveLength(1)
  })

  test('are not held by an attempt that waited for its successor to be made', async () => {
    if (engine === 'sqlite') return
    await using own = await migratedDatabase(engine)
    const { database } = own
    const another = await own.openAgain()
    const job = await running(database, clock)
    clock.advance(leaseMs)
    const rescued = Promise.withResolvers<void>()
    const commit = Promise.withResolvers<void>()
    const rescue = another.transaction(async tx => {
      await rescueJobs(tx, { now: clock.now(), limit: 100, everyLease: false })
      rescued.resolve()
      await commit.promise
    })
    await rescued.promise
    const held = database.transaction(tx => holdJobs(tx, [holdOf(job)]))
    const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    while ((await own.database.query(waits, [])).length === 0);
    commit.resolve()
    await rescue
    expect(await held).toEqual(new Set())
  })
})
