import { describe, expect, test } from 'bun:test'
import type { NewJob } from '../../src/queue/job.ts'
import { unfinishedStates } from '../../src/queue/job-state.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue, readJob, readQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('debounced jobs on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  function debounced(maxDelayMs: number | null = null) {
    const { database } = opened()
    const key = newQueue()
    const job = (payload: NewJob['payload'], given: Partial<NewJob> = {}) =>
      newJob(key, {
        payload,
        delayMs: 1_000,
        unique: { key, states: unfinishedStates, forMs: null, onConflict: { kind: 'replace', maxDelayMs } },
        ...given,
      })
    return { database, key, job }
  }

  test('take the last payload, and wait from then on', async () => {
    const { database, key, job } = debounced()
    const first = job('a')
    await enqueue(database, clock, first)
    const madeAt = clock.now()
    clock.advance(700)
    const second = job('b')
    expect(await enqueue(database, clock, second)).toEqual([{ id: second.id, state: 'replaced', existing: first.id }])
    expect(await readQueue(database, key)).toMatchObject([
      { id: first.id, payload: 'b', state: 'scheduled', runAt: clock.now() + 1_000, createdAt: madeAt },
    ])
  })

  test('wait no longer than their longest delay, since they were made', async () => {
    const { database, job } = debounced(1_500)
    const first = job(0)
    await enqueue(database, clock, first)
    const madeAt = clock.now()
    const due: number[] = []
    for (let call = 1; call <= 4; call++) {
      clock.advance(400)
      await enqueue(database, clock, job(call))
      due.push((await readJob(database, first.id)).runAt - madeAt)
    }
    expect(due).toEqual([1_400, 1_500, 1_500, 1_500])
    // The last call came when it was due already.
    expect(await readJob(database, first.id)).toMatchObject({ payload: 4, state: 'available' })
  })

  test('are put off again when they were due and nobody has taken them', async () => {
    const { database, key, job } = debounced()
    const first = job('a', { delayMs: 0 })
    await enqueue(database, clock, first)
    expect(await enqueue(database, clock, job('b'))).toMatchObject([{ state: 'replaced' }])
    expect(await readJob(database, first.id)).toMatchObject({ state: 'scheduled', runAt: clock.now() + 1_000 })
    expect(await claim(database, clock, key)).toEqual([])
  })

  test('are available at once where the last call does not want to wait', async () => {
    const { database, key, job } = debounced()
    const first = job('a')
    await enqueue(database, clock, first)
    expect(await enqueue(database, clock, job('now', { delayMs: 0 }))).toMatchObject([{ state: 'replaced' }])
    expect(await claim(database, clock, key)).toMatchObject([{ id: first.id, payload: 'now' }])
  })

  test('keep their payload once they run, and while they wait for another try', async () => {
    const { database, key, job } = debounced()
    const first = job('a', { delayMs: 0 })
    await enqueue(database, clock, first)
    expect(await claim(database, clock, key)).toHaveLength(1)
    expect(await enqueue(database, clock, job('b'))).toMatchObject([{ state: 'kept', existing: first.id }])
    const outcome = { kind: 'retry', delayMs: 5_000, message: 'no' } as const
    await database.transaction(tx => settleJobs(tx, [{ jobId: first.id, attempt: 1, outcome }], clock.now()))
    expect(await enqueue(database, clock, job('c'))).toMatchObject([{ state: 'kept', existing: first.id }])
    expect(await readJob(database, first.id)).toMatchObject({ payload: 'a', runAt: clock.now() + 5_000 })
  })

  test('of one batch come to one job with the last payload', async () => {
    const { database, key, job } = debounced()
    const { unique } = job(null)
    const kept = newJob(key, {
      payload: 'kept',
      ...(unique && { unique: { ...unique, onConflict: { kind: 'keep' } } }),
    })
    const [a, b, c] = [job('a'), job('b', { delayMs: 500 }), job('c', { delayMs: 2_000 })]
    expect(await enqueue(database, clock, a, b, c, kept)).toEqual([
      { id: a.id, state: 'scheduled', existing: null },
      { id: b.id, state: 'replaced', existing: a.id },
      { id: c.id, state: 'replaced', existing: a.id },
      { id: kept.id, state: 'kept', existing: a.id },
    ])
    expect(await readQueue(database, key)).toMatchObject([{ id: a.id, payload: 'c', runAt: clock.now() + 2_000 }])
  })

  test('that wait for other jobs go on doing so', async () => {
    const { database, key, job } = debounced()
    const before = newJob(key, { delayMs: 60_000 })
    const first = job('a', { delayMs: 0, dependsOn: [before.id] })
    await enqueue(database, clock, before, first)
    expect(await enqueue(database, clock, job('b', { delayMs: 0 }))).toMatchObject([{ state: 'replaced' }])
    expect(await readJob(database, first.id)).toMatchObject({ state: 'waiting', payload: 'b', waitsFor: 1 })
  })

  test('store every kind of payload as it was', async () => {
    const { database, job } = debounced()
    const first = job('a')
    await enqueue(database, clock, first)
    for (const payload of [null, 'null', '5', 5, '\u0000', '\ud83d', { b: 1, a: [{}] }]) {
      await enqueue(database, clock, job(payload))
      expect((await readJob(database, first.id)).payload).toEqual(payload)
    }
  })
})
