import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { CancelRequested, TimedOut } from '../../src/queue/abort-reason.ts'
import type { Attempt, JobKind } from '../../src/queue/kind.ts'
import { LazyAbort } from '../../src/queue/lazy-abort.ts'
import { NonRetryable } from '../../src/queue/non-retryable.ts'
import { engines } from '../support/database.ts'
import { enqueue, newJob, readJob } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { aborted, startedJob } from '../support/worker.ts'

setDefaultTimeout(120_000)
failOnTimersLeft()

const patiently = () => new AbortController().signal
const limit = { timeoutMs: 20 }
const message = 'The attempt took longer than its 20 ms.'

describe.each(engines)('a job with a time limit on %s', engine => {
  const opened = sharedDatabase(engine)

  test('is told to stop when its time is over, and tried again when it does', async () => {
    const { database } = opened()
    const perform = async (attempt: Attempt) => Promise.reject(await aborted(attempt))
    await using started = await startedJob(database, { perform }, 3, limit)
    expect(await aborted(started.attempt)).toBeInstanceOf(TimedOut)
    await started.worker.stop(patiently())
    expect(await readJob(database, started.job.id)).toMatchObject({
      state: 'scheduled',
      attempt: 1,
      errors: [{ attempt: 1, message }],
    })
  })

  test('is discarded when that was its last attempt', async () => {
    const { database } = opened()
    const perform = async (attempt: Attempt) => {
      await aborted(attempt)
      throw new Error('The connection was closed.')
    }
    await using started = await startedJob(database, { perform }, 1, limit)
    await started.worker.stop(patiently())
    expect(await readJob(database, started.job.id)).toMatchObject({ state: 'discarded', errors: [{ message }] })
  })

  test('has what it decides at the end of its time counted', async () => {
    const { database } = opened()
    const perform = async (attempt: Attempt) => {
      await aborted(attempt)
      return { kind: 'snooze', delayMs: 5_000 } as const
    }
    await using started = await startedJob(database, { perform }, 3, limit)
    await started.worker.stop(patiently())
    expect(await readJob(database, started.job.id)).toMatchObject({ state: 'scheduled', attempt: 0, errors: [] })
  })

  test('is discarded where it finds that trying again makes no sense', async () => {
    const { database } = opened()
    const perform = async (attempt: Attempt) => {
      await aborted(attempt)
      throw new NonRetryable('It will never be quick enough.')
    }
    await using started = await startedJob(database, { perform }, 3, limit)
    await started.worker.stop(patiently())
    expect(await readJob(database, started.job.id)).toMatchObject({
      state: 'discarded',
      errors: [{ message: 'It will never be quick enough.' }],
    })
  })

  test('loses its place when it does not listen, and what it says later is ignored', async () => {
    const { database } = opened()
    const go = Promise.withResolvers<void>()
    await using started = await startedJob(database, { perform: () => go.promise, concurrency: 1 }, 3, limit)
    const { worker, job, facts, attempt, queue, clock } = started
    expect(await facts.until('job.attempted')).toMatchObject({ outcome: 'retry' })
    while (worker.running > 0) await new Promise(setImmediate)
    const before = await readJob(database, job.id)
    expect(before).toMatchObject({ state: 'scheduled', attempt: 1, errors: [{ attempt: 1, message }] })
    attempt.log('Still here.')
    attempt.progress(0.9)
    go.resolve()
    // Others run in its place; it was the only one for which there was room.
    const next = newJob(queue)
    await enqueue(database, clock, next)
    worker.wake()
    await facts.until('job.attempted', () => facts.all('job.attempted').length === 2)
    await worker.stop(patiently())
    expect(await readJob(database, job.id)).toEqual(before)
    expect(facts.all('job.lost')).toEqual([])
  })

  test('is cancelled rather than tried again where somebody asked for that first', async () => {
    const { database } = opened()
    const go = Promise.withResolvers<void>()
    await using started = await startedJob(database, { perform: () => go.promise }, 3, limit)
    started.worker.cancel(started.job.id)
    expect(await aborted(started.attempt)).toBeInstanceOf(CancelRequested)
    await started.worker.stop(patiently())
    expect(await readJob(database, started.job.id)).toMatchObject({ state: 'cancelled', errors: [] })
    go.resolve()
  })

  test('leaves no timer behind when it is quicker', async () => {
    const { database } = opened()
    await using started = await startedJob(database, { perform: async () => {} }, 3, { timeoutMs: 86_400_000 })
    await started.worker.stop(patiently())
    expect(await readJob(database, started.job.id)).toMatchObject({ state: 'completed' })
  })

  test('of a kind that settles itself is left to its lease', async () => {
    const { database } = opened()
    const kind: Omit<Partial<JobKind>, 'perform'> = { settlesItself: true }
    const perform = async (attempt: Attempt) => Promise.reject(await aborted(attempt))
    await using started = await startedJob(database, { perform, kind }, 3, limit)
    await started.facts.until('job.abandoned')
    expect(await readJob(database, started.job.id)).toMatchObject({ state: 'running', attempt: 1 })
  })
})

describe('a signal', () => {
  test('is aborted for those who ask for it later', () => {
    const abort = new LazyAbort()
    abort.abort(new CancelRequested('no'))
    expect(abort.signal.reason).toBeInstanceOf(CancelRequested)
  })

  test('keeps its first reason, asked for or not', () => {
    const [early, late] = [new LazyAbort(), new LazyAbort()]
    const { signal } = early
    for (const abort of [early, late]) {
      abort.abort(new CancelRequested('first'))
      abort.abort(new TimedOut('second'))
      expect(abort.reason).toBeInstanceOf(CancelRequested)
    }
    expect([signal.reason, late.signal.reason]).toEqual([early.reason, late.reason])
  })
})
