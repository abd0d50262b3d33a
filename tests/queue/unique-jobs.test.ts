import { describe, expect, test } from 'bun:test'
import type { Outcome, UniqueRule } from '../../src/queue/job.ts'
import { type JobState, jobStates, unfinishedStates } from '../../src/queue/job-state.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue, readJob, readQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('unique jobs on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  /** A queue whose name is the key, and its jobs. */
  function keyed(rule: Partial<UniqueRule> = {}) {
    const { database } = opened()
    const key = newQueue()
    const unique: UniqueRule = { key, states: unfinishedStates, forMs: null, onConflict: { kind: 'keep' }, ...rule }
    const job = (given: Parameters<typeof newJob>[1] = {}) => newJob(key, { unique, ...given })
    const settleAll = async (outcome: Outcome) => {
      const claimed = await claim(database, clock, key)
      const settlements = claimed.map(({ id, attempt }) => ({ jobId: id, attempt, outcome }))
      await database.transaction(tx => settleJobs(tx, settlements, clock.now()))
    }
    const ids = async () => (await readQueue(database, key)).map(row => row.id)
    return { database, key, unique, job, settleAll, ids }
  }

  test('are inserted once: the second caller gets the first job, which stays as it is', async () => {
    const { database, job, ids, key } = keyed()
    const first = job({ payload: 1, delayMs: 1_000 })
    const second = job({ payload: 2, handOffTo: 'wrk_a' })
    expect(await enqueue(database, clock, first)).toEqual([{ id: first.id, state: 'scheduled', existing: null }])
    expect(await enqueue(database, clock, second)).toEqual([{ id: second.id, state: 'kept', existing: first.id }])
    expect(await ids()).toEqual([first.id])
    expect(await readJob(database, first.id)).toMatchObject({ payload: 1, state: 'scheduled', uniqueKey: key })
  })

  test('are told apart by their keys alone', async () => {
    const { database, job } = keyed()
    const other = keyed()
    const states = (await enqueue(database, clock, job(), other.job(), newJob(other.key))).map(one => one.state)
    expect(states).toEqual(['available', 'available', 'available'])
  })

  test('of one batch are inserted once, the others answered in their order, and the rest goes in', async () => {
    const { database, job, key, ids } = keyed()
    const [a, b, free, c] = [job(), job({ priority: -5 }), newJob(key), job()]
    expect(await enqueue(database, clock, a, b, free, c)).toEqual([
      { id: a.id, state: 'available', existing: null },
      { id: b.id, state: 'kept', existing: a.id },
      { id: free.id, state: 'available', existing: null },
      { id: c.id, state: 'kept', existing: a.id },
    ])
    expect(await ids()).toEqual([a.id, free.id])
  })

  test.each<{ outcome: Outcome; held: boolean }>([
    { outcome: { kind: 'completed' }, held: false },
    { outcome: { kind: 'discard', message: 'no' }, held: false },
    { outcome: { kind: 'cancel' }, held: false },
    { outcome: { kind: 'retry', delayMs: 1_000, message: 'no' }, held: true },
    { outcome: { kind: 'snooze', delayMs: 1_000 }, held: true },
    { outcome: { kind: 'interrupted' }, held: true },
  ])('hold their key until they have ended: held after $outcome.kind: $held', async ({ outcome, held }) => {
    const { database, job, settleAll } = keyed()
    await enqueue(database, clock, job())
    await settleAll(outcome)
    expect((await enqueue(database, clock, job()))[0]?.state).toBe(held ? 'kept' : 'available')
  })

  test.each<[JobState, Outcome]>([
    ['completed', { kind: 'completed' }],
    ['discarded', { kind: 'discard', message: 'no' }],
    ['cancelled', { kind: 'cancel' }],
  ])('hold their key when they have ended as %s, if that is one of their states', async (state, outcome) => {
    const holding = keyed({ states: [...unfinishedStates, state] })
    const others = keyed({ states: jobStates.filter(each => each !== state) })
    for (const { job, settleAll } of [holding, others]) {
      await enqueue(opened().database, clock, job())
      await settleAll(outcome)
    }
    const [held] = await enqueue(holding.database, clock, holding.job())
    const [free] = await enqueue(others.database, clock, others.job())
    expect([held?.state, free?.state]).toEqual(['kept', 'available'])
  })

  test('hold their key while they run, if that is one of their states', async () => {
    const queued = keyed({ states: ['waiting', 'scheduled', 'available'] })
    const running = keyed()
    for (const { job, key } of [queued, running]) {
      await enqueue(opened().database, clock, job())
      expect(await claim(opened().database, clock, key)).toHaveLength(1)
    }
    expect(await enqueue(queued.database, clock, queued.job())).toMatchObject([{ state: 'available' }])
    expect(await enqueue(running.database, clock, running.job())).toMatchObject([{ state: 'kept' }])
  })

  test('free their key when their time has passed, whatever their state', async () => {
    const { database, job, ids } = keyed({ forMs: 1_000, states: jobStates })
    const [first, early, second, third] = [job(), job(), job(), job()]
    await enqueue(database, clock, first)
    clock.advance(999)
    expect(await enqueue(database, clock, early)).toMatchObject([{ state: 'kept', existing: first.id }])
    clock.advance(1)
    expect(await enqueue(database, clock, second)).toMatchObject([{ state: 'available', existing: null }])
    expect(await enqueue(database, clock, third)).toMatchObject([{ state: 'kept', existing: second.id }])
    expect(await ids()).toEqual([first.id, second.id])
    expect(await readJob(database, first.id)).toMatchObject({ uniqueKey: null, state: 'available' })
  })

  test('throttle: one job in a time, also when it has long ended', async () => {
    const { database, job, settleAll, ids } = keyed({ forMs: 60_000, states: jobStates })
    for (let minute = 0; minute < 3; minute++) {
      for (let tenth = 0; tenth < 10; tenth++) {
        await enqueue(database, clock, job())
        await settleAll({ kind: 'completed' })
        clock.advance(6_000)
      }
    }
    expect(await ids()).toHaveLength(3)
  })

  test('are free again when the one that waits is cancelled', async () => {
    const { database, job } = keyed()
    const first = job()
    await enqueue(database, clock, first)
    await database.transaction(tx => cancelJobs(tx, [first.id], clock.now()))
    expect(await enqueue(database, clock, job())).toMatchObject([{ state: 'available' }])
  })

  test('leave no trace of a batch that is refused', async () => {
    const { database, job, ids } = keyed()
    const there = newJob(newQueue())
    await enqueue(database, clock, there)
    await expect(enqueue(database, clock, job(), there)).rejects.toThrow()
    expect(await ids()).toEqual([])
    expect(await enqueue(database, clock, job())).toMatchObject([{ state: 'available' }])
  })

  test('of an order key leave the order of the others as it is', async () => {
    const { database, job, key } = keyed()
    const [first, second] = [job({ orderKey: key }), newJob(key, { orderKey: key })]
    await enqueue(database, clock, first)
    await enqueue(database, clock, job({ orderKey: key }), second)
    expect((await claim(database, clock, key)).map(({ id }) => id)).toEqual([first.id])
    const outcome = { kind: 'completed' } as const
    await database.transaction(tx => settleJobs(tx, [{ jobId: first.id, attempt: 1, outcome }], clock.now()))
    expect((await claim(database, clock, key)).map(({ id }) => id)).toEqual([second.id])
  })
})
