import { describe, expect, test } from 'bun:test'
import { Type } from '@sinclair/typebox'
import type { NewJob, Outcome } from '../../src/queue/job.ts'
import { NonRetryable } from '../../src/queue/non-retryable.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { enqueue, newJob, newQueue, readJob } from '../support/jobs.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { startedJob, startWorker, type TestWorkerOptions } from '../support/worker.ts'

failOnTimersLeft()

const patiently = () => new AbortController().signal

describe.each(engines)('what follows a failed attempt on %s', engine => {
  const opened = sharedDatabase(engine)

  /** A job after its first attempt, and how long it is put off. */
  async function attempted(
    options: Pick<TestWorkerOptions, 'perform' | 'kind'>,
    maxAttempts = 3,
    given: Partial<NewJob> = {},
  ) {
    const { database } = opened()
    await using started = await startedJob(database, options, maxAttempts, given)
    await started.facts.until('job.attempted')
    await started.worker.stop(patiently())
    const row = await readJob(database, started.job.id)
    return { ...row, delayMs: row.runAt - started.clock.now() }
  }

  const fails = async () => {
    throw new Error('no')
  }

  test('comes by the policy of its kind', async () => {
    const retry = { baseMs: 3_600_000, capMs: 7_200_000 }
    const { state, delayMs } = await attempted({ perform: fails, kind: { retry } })
    expect(state).toBe('scheduled')
    expect(delayMs).toBeGreaterThanOrEqual(360_000)
    expect(delayMs).toBeLessThanOrEqual(3_600_000)
  })

  test('is an end where it makes no sense to try again', async () => {
    const perform = async () => {
      throw new NonRetryable('There is no such customer.')
    }
    expect(await attempted({ perform })).toMatchObject({
      state: 'discarded',
      attempt: 1,
      errors: [{ attempt: 1, message: 'There is no such customer.' }],
    })
  })

  test('comes when the attempt says so', async () => {
    const perform = async (): Promise<Outcome> => ({ kind: 'retry', delayMs: 77_000, message: 'Later.' })
    expect(await attempted({ perform })).toMatchObject({
      state: 'scheduled',
      delayMs: 77_000,
      errors: [{ message: 'Later.' }],
    })
  })

  test('is an end where the attempt asks for another and none is left', async () => {
    const perform = async (): Promise<Outcome> => ({ kind: 'retry', delayMs: 77_000, message: 'Later.' })
    expect(await attempted({ perform }, 1)).toMatchObject({ state: 'discarded', errors: [{ message: 'Later.' }] })
  })

  test.each([Number.NaN, Number.NEGATIVE_INFINITY, -1])('comes at once where the delay is %p', async delayMs => {
    const { database } = opened()
    const attempts: number[] = []
    const done = Promise.withResolvers<void>()
    await using started = await startedJob(database, {
      perform: async ({ job }) => {
        attempts.push(job.attempt)
        if (job.attempt === 1) return { kind: 'retry', delayMs, message: 'no' }
        done.resolve()
        return { kind: 'completed' }
      },
    })
    await done.promise
    await started.worker.stop(patiently())
    expect(attempts).toEqual([1, 2])
  })

  test('comes some day where the delay is endless', async () => {
    const perform = async (): Promise<Outcome> => ({ kind: 'snooze', delayMs: Number.POSITIVE_INFINITY })
    const { state, delayMs } = await attempted({ perform })
    expect([state, delayMs]).toEqual(['scheduled', 10 * 365 * 86_400_000])
  })

  const payload = Type.Object({ to: Type.String() })
  const never = async () => {
    throw new Error('It was called.')
  }

  test('there is none where the payload does not fit its kind: the job is discarded', async () => {
    const { database } = opened()
    const clock = new FakeClock()
    const queue = newQueue()
    const job = newJob(queue, { payload: { to: 7 } })
    await enqueue(database, clock, job)
    await using started = startWorker(database, { queue, clock, perform: never, kind: { payload } })
    await started.facts.until('job.attempted')
    await started.worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({
      state: 'discarded',
      attempt: 1,
      errors: [{ attempt: 1, message: expect.stringMatching(/^The payload is wrong at \/to: /) }],
    })
  })

  test('there is none where nobody knows the kind', async () => {
    const { database } = opened()
    const clock = new FakeClock()
    const queue = newQueue()
    const job = newJob(queue, { kind: 'unheard' })
    await enqueue(database, clock, job)
    await using started = startWorker(database, { queue, clock, perform: never })
    await started.facts.until('job.attempted')
    await started.worker.stop(patiently())
    expect(await readJob(database, job.id)).toMatchObject({
      state: 'discarded',
      errors: [{ message: 'This program knows no job kind "unheard".' }],
    })
  })

  test('a payload that fits is handed over as it is', async () => {
    const given = { payload: { to: 'you', more: [1] } }
    const perform: TestWorkerOptions['perform'] = async ({ job }) => ({ kind: 'completed', result: job.payload })
    expect(await attempted({ perform, kind: { payload } }, 3, given)).toMatchObject({
      state: 'completed',
      result: { to: 'you', more: [1] },
    })
  })
})
