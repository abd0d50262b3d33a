import { describe, expect, test } from 'bun:test'
import type { Outcome } from '../../src/queue/job.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue, readJob, running } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('cancelling on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const cancel = (...ids: string[]) => opened().database.transaction(tx => cancelJobs(tx, ids, clock.now()))

  test.each([0, 1_000])('ends a job that waits (delay %i ms)', async delayMs => {
    const { database } = opened()
    const job = newJob(newQueue(), { delayMs, payload: { run_id: 'run_a' } })
    await enqueue(database, clock, job)
    const before = await readJob(database, job.id)
    clock.advance(10)
    expect(await cancel(job.id)).toEqual([{ id: job.id, payload: { run_id: 'run_a' }, state: 'cancelled' }])
    expect(await readJob(database, job.id)).toEqual({
      ...before,
      state: 'cancelled',
      cancelRequestedAt: clock.now(),
      finishedAt: clock.now(),
    })
    expect(await claim(database, clock, job.queue)).toEqual([])
  })

  test('asks the worker of a running job to stop, and changes nothing else', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    const before = await readJob(database, job.id)
    const asked = clock.advance(10)
    expect(await cancel(job.id)).toEqual([{ id: job.id, payload: {}, state: 'running' }])
    expect(await readJob(database, job.id)).toEqual({ ...before, cancelRequestedAt: asked })
    clock.advance(10)
    // Asked again, the first request stands.
    expect(await cancel(job.id)).toMatchObject([{ state: 'running' }])
    expect(await readJob(database, job.id)).toEqual({ ...before, cancelRequestedAt: asked })
  })

  test('says nothing of jobs that have ended or are not there', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    const outcome: Outcome = { kind: 'completed' }
    await database.transaction(tx => settleJobs(tx, [{ jobId: job.id, attempt: 1, outcome }], clock.now()))
    const before = await readJob(database, job.id)
    expect(await cancel(job.id, 'job_none')).toEqual([])
    expect(await cancel()).toEqual([])
    expect(await readJob(database, job.id)).toEqual(before)
  })

  test('takes many at once, each as it is', async () => {
    const { database } = opened()
    const queue = newQueue()
    const active = await running(database, clock, { queue })
    const waiting = newJob(queue)
    const later = newJob(queue, { delayMs: 1 })
    await enqueue(database, clock, waiting, later)
    const states = new Map((await cancel(active.id, waiting.id, later.id)).map(job => [job.id, job.state]))
    expect(states).toEqual(
      new Map([
        [active.id, 'running'],
        [waiting.id, 'cancelled'],
        [later.id, 'cancelled'],
      ]),
    )
  })

  test.each<Outcome>([
    { kind: 'retry', delayMs: 1_000, message: 'no' },
    { kind: 'retry', delayMs: 0, message: 'no' },
    { kind: 'snooze', delayMs: 1_000 },
    { kind: 'interrupted' },
  ])('wins over an attempt that wants the job done again ($kind)', async outcome => {
    const { database } = opened()
    const job = await running(database, clock)
    await cancel(job.id)
    clock.advance(10)
    await database.transaction(tx => settleJobs(tx, [{ jobId: job.id, attempt: 1, outcome }], clock.now()))
    expect(await readJob(database, job.id)).toMatchObject({
      state: 'cancelled',
      finishedAt: clock.now(),
      leaseExpiresAt: null,
    })
  })

  test('wins also where the attempt settles while it is being cancelled', async () => {
    if (engine === 'sqlite') return
    const { database, openAgain } = opened()
    const another = await openAgain()
    const job = await running(database, clock)
    const asked = Promise.withResolvers<void>()
    const commit = Promise.withResolvers<void>()
    const cancelling = another.transaction(async tx => {
      await cancelJobs(tx, [job.id], clock.now())
      asked.resolve()
      await commit.promise
    })
    await asked.promise
    const outcome: Outcome = { kind: 'retry', delayMs: 1_000, message: 'no' }
    const settling = database.transaction(tx => settleJobs(tx, [{ jobId: job.id, attempt: 1, outcome }], clock.now()))
    const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    while ((await database.query(waits, [])).length === 0);
    commit.resolve()
    await cancelling
    expect(await settling).toEqual(new Map([[job.id, 'cancelled']]))
    expect(await readJob(database, job.id)).toMatchObject({ state: 'cancelled', cancelRequestedAt: clock.now() })
  })

  test('loses to an attempt that completes the job first', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    await cancel(job.id)
    const outcome: Outcome = { kind: 'completed' }
    await database.transaction(tx => settleJobs(tx, [{ jobId: job.id, attempt: 1, outcome }], clock.now()))
    expect(await readJob(database, job.id)).toMatchObject({ state: 'completed' })
  })
})
