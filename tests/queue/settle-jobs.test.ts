import { describe, expect, test } from 'bun:test'
import type { Outcome } from '../../src/queue/job.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue, readJob, running, settle } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('settling on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  /** What a job that ran once becomes. */
  async function settled(outcome: Outcome) {
    const { database } = opened()
    const job = await running(database, clock)
    const before = await readJob(database, job.id)
    clock.advance(100)
    expect(await settle(database, clock, job, outcome)).toEqual([job.id])
    const { state, attempt, runAt, finishedAt, leaseExpiresAt, worker, errors, ...rest } = await readJob(
      database,
      job.id,
    )
    // Nothing else changes.
    expect(before).toMatchObject(rest)
    expect([leaseExpiresAt, worker]).toEqual([null, null])
    return { state, attempt, runAt: runAt - before.runAt, finishedAt: finishedAt && finishedAt - before.runAt, errors }
  }

  test('completed ends the job', async () => {
    expect(await settled({ kind: 'completed' })).toEqual({
      state: 'completed',
      attempt: 1,
      runAt: 0,
      finishedAt: 100,
      errors: [],
    })
  })

  test('cancel ends the job', async () => {
    expect(await settled({ kind: 'cancel' })).toEqual({
      state: 'cancelled',
      attempt: 1,
      runAt: 0,
      finishedAt: 100,
      errors: [],
    })
  })

  test('discard ends the job and says why', async () => {
    expect(await settled({ kind: 'discard', message: 'No.' })).toEqual({
      state: 'discarded',
      attempt: 1,
      runAt: 0,
      finishedAt: 100,
      errors: [{ attempt: 1, at: clock.now(), message: 'No.' }],
    })
  })

  test('retry puts the job off and says why; the attempt counts', async () => {
    expect(await settled({ kind: 'retry', delayMs: 5_000, message: 'Not now.' })).toEqual({
      state: 'scheduled',
      attempt: 1,
      runAt: 5_100,
      finishedAt: null,
      errors: [{ attempt: 1, at: clock.now(), message: 'Not now.' }],
    })
  })

  test('retry without delay makes the job available', async () => {
    expect(await settled({ kind: 'retry', delayMs: 0, message: 'At once.' })).toMatchObject({
      state: 'available',
      attempt: 1,
      runAt: 100,
      finishedAt: null,
    })
  })

  test('snooze puts the job off without counting the attempt', async () => {
    expect(await settled({ kind: 'snooze', delayMs: 60_000 })).toEqual({
      state: 'scheduled',
      attempt: 0,
      runAt: 60_100,
      finishedAt: null,
      errors: [],
    })
  })

  test('interrupted makes the job available at once without counting the attempt', async () => {
    expect(await settled({ kind: 'interrupted' })).toEqual({
      state: 'available',
      attempt: 0,
      runAt: 100,
      finishedAt: null,
      errors: [],
    })
  })

  test('appends to the errors of earlier attempts', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    for (const attempt of [1, 2, 3]) {
      await settle(
        database,
        clock,
        { id: job.id, attempt },
        { kind: 'retry', delayMs: 0, message: `failure ${attempt}` },
      )
      clock.advance(10)
      await claim(database, clock, job.queue)
    }
    expect((await readJob(database, job.id)).errors).toEqual(
      [1, 2, 3].map(attempt => ({
        attempt,
        at: clock.now() - 10 * (4 - attempt),
        message: `failure ${attempt}`,
      })),
    )
  })

  test.each([
    ['a NUL, which Postgres keeps in no text', 'before\u0000after', 'beforeafter'],
    ['half a character', 'half \ud83d of one', 'half \ufffd of one'],
    ['a character cut in two where the message is cut', `${'x'.repeat(1_999)}🏠`, `${'x'.repeat(1_999)}\ufffd`],
    ['quotes and lines', `it's "so"\n\\u0000 {}`, `it's "so"\n\\u0000 {}`],
    ['nothing', '', ''],
    ['more than anybody reads', 'é'.repeat(10_000), 'é'.repeat(2_000)],
  ])('keeps a message with %s', async (_what, message, kept) => {
    expect((await settled({ kind: 'discard', message })).errors).toEqual([
      { attempt: 1, at: clock.now(), message: kept },
    ])
  })

  test('writes nothing for an attempt that no longer has the job', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    const outcome = { kind: 'completed' } as const
    const before = await readJob(database, job.id)
    expect(await settle(database, clock, { id: job.id, attempt: 0 }, outcome)).toEqual([])
    expect(await settle(database, clock, { id: job.id, attempt: 2 }, outcome)).toEqual([])
    expect(await settle(database, clock, { id: 'job_none', attempt: 1 }, outcome)).toEqual([])
    expect(await readJob(database, job.id)).toEqual(before)
  })

  test('writes once: what is settled is settled', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    await settle(database, clock, job, { kind: 'completed' })
    const before = await readJob(database, job.id)
    clock.advance(1)
    expect(await settle(database, clock, job, { kind: 'discard', message: 'Too late.' })).toEqual([])
    expect(await readJob(database, job.id)).toEqual(before)
  })

  test('writes every outcome of a batch, and says which were written', async () => {
    const { database } = opened()
    const jobs = await Promise.all(Array.from({ length: 6 }, () => running(database, clock)))
    const lost = jobs[5]
    const outcomes: Outcome[] = [
      { kind: 'completed' },
      { kind: 'cancel' },
      { kind: 'discard', message: 'No.' },
      { kind: 'retry', delayMs: 1, message: 'Not now.' },
      { kind: 'interrupted' },
      { kind: 'completed' },
    ]
    const settlements = jobs.map((job, index) => ({
      jobId: job.id,
      attempt: job === lost ? 9 : job.attempt,
      outcome: outcomes[index] ?? { kind: 'completed' },
    }))
    const written = await database.transaction(tx => settleJobs(tx, settlements, clock.now()))
    const states = await Promise.all(jobs.map(async job => (await readJob(database, job.id)).state))
    expect(states).toEqual(['completed', 'cancelled', 'discarded', 'scheduled', 'available', 'running'])
    expect(states).toEqual(jobs.map(job => written.get(job.id) ?? 'running'))
    expect(written.has(lost?.id ?? '')).toBe(false)
  })

  test('of two attempts of one job in a batch writes the one that has it', async () => {
    const { database } = opened()
    const job = await running(database, clock)
    await settle(database, clock, job, { kind: 'retry', delayMs: 0, message: 'first' })
    await claim(database, clock, job.queue)
    const settlements = [
      { jobId: job.id, attempt: 1, outcome: { kind: 'discard', message: 'stale' } as const },
      { jobId: job.id, attempt: 2, outcome: { kind: 'completed' } as const },
    ]
    await database.transaction(tx => settleJobs(tx, settlements, clock.now()))
    expect(await readJob(database, job.id)).toMatchObject({ state: 'completed', attempt: 2 })
  })

  test('is taken back with the transaction it is part of', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, newJob(queue))
    const [job] = await claim(database, clock, queue)
    const change = database.transaction(async tx => {
      const settlement = { jobId: job?.id ?? '', attempt: 1, outcome: { kind: 'completed' } as const }
      expect(await settleJobs(tx, [settlement], clock.now())).toHaveProperty('size', 1)
      throw new Error('no')
    })
    await expect(change).rejects.toThrow('no')
    expect(await readJob(database, job?.id ?? '')).toMatchObject({ state: 'running', attempt: 1 })
  })
})
