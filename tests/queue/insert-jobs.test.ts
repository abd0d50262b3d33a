import { describe, expect, test } from 'bun:test'
import { insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, type JobRow, leaseMs, newJob, newQueue, readJob, readQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('enqueueing on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  test('stores a job that is available at once', async () => {
    const { database } = opened()
    const job = newJob(newQueue(), { tenantId: 'tenant', kind: 'greet', payload: { name: 'é\u0000', list: [1, null] } })
    expect(await enqueue(database, clock, job)).toEqual([{ id: job.id, state: 'available', existing: null }])
    expect(await readJob(database, job.id)).toEqual({
      id: job.id,
      tenantId: 'tenant',
      queue: job.queue,
      kind: 'greet',
      payload: { name: 'é\u0000', list: [1, null] },
      state: 'available',
      priority: 0,
      runAt: clock.now(),
      attempt: 0,
      maxAttempts: 3,
      leaseExpiresAt: null,
      worker: null,
      orderKey: null,
      orderPosition: null,
      orderBlocks: 0,
      limitKey: null,
      uniqueKey: null,
      uniqueStates: 0,
      uniqueUntil: null,
      timeoutMs: null,
      waitsFor: 0,
      runsAfterFailure: 0,
      hasDependents: 0,
      progress: null,
      result: null,
      traceParent: null,
      cancelRequestedAt: null,
      errors: [],
      redrives: [],
      createdAt: clock.now(),
      startedAt: null,
      finishedAt: null,
    } satisfies JobRow)
  })

  test('schedules a job with a delay', async () => {
    const { database } = opened()
    const job = newJob(newQueue(), { delayMs: 1_500, handOffTo: 'wrk_a' })
    expect(await enqueue(database, clock, job)).toEqual([{ id: job.id, state: 'scheduled', existing: null }])
    expect(await readJob(database, job.id)).toMatchObject({
      state: 'scheduled',
      runAt: clock.now() + 1_500,
      createdAt: clock.now(),
      attempt: 0,
      worker: null,
    })
  })

  test('counts delays in whole milliseconds, and never starts early', async () => {
    const { database } = opened()
    const job = newJob(newQueue(), { delayMs: 1_000.4 })
    await enqueue(database, clock, job)
    expect((await readJob(database, job.id)).runAt).toBe(clock.now() + 1_001)
  })

  test('hands a job over: it is leased by its worker from the start, as attempt 1', async () => {
    const { database } = opened()
    const job = newJob(newQueue(), { handOffTo: 'wrk_a' })
    expect(await enqueue(database, clock, job)).toEqual([{ id: job.id, state: 'running', existing: null }])
    expect(await readJob(database, job.id)).toMatchObject({
      state: 'running',
      attempt: 1,
      worker: 'wrk_a',
      leaseExpiresAt: clock.now() + leaseMs,
      startedAt: clock.now(),
      finishedAt: null,
    })
    expect(await claim(database, clock, job.queue)).toEqual([])
  })

  test('belongs to the transaction of its caller', async () => {
    const { database } = opened()
    const queue = newQueue()
    const changed = database.transaction(async tx => {
      await insertJobs(tx, [newJob(queue), newJob(queue, { orderKey: queue })], { now: clock.now(), leaseMs })
      throw new Error('no')
    })
    await expect(changed).rejects.toThrow('no')
    expect(await readQueue(database, queue)).toEqual([])
  })

  test('stores any number of jobs in one statement, each as it is', async () => {
    const { database } = opened()
    const queue = newQueue()
    const jobs = Array.from({ length: 500 }, (_, index) =>
      newJob(queue, {
        priority: index % 3,
        payload: index,
        delayMs: index % 2,
        handOffTo: index === 4 ? 'wrk_a' : null,
      }),
    )
    const inserted = await enqueue(database, clock, ...jobs)
    expect(new Set(inserted.map(job => job.id))).toEqual(new Set(jobs.map(job => job.id)))
    const rows = await readQueue(database, queue)
    expect(rows.map(({ id, priority, payload, state }) => ({ id, priority, payload, state }))).toEqual(
      jobs.map((job, index) => ({
        id: job.id,
        priority: index % 3,
        payload: index,
        state: index === 4 ? 'running' : index % 2 === 1 ? 'scheduled' : 'available',
      })),
    )
  })

  test('stores every kind of payload as it was', async () => {
    const { database } = opened()
    const queue = newQueue()
    const payloads = [null, 'null', '5', 5, '', true, [], {}, '\ud83d', { a: { b: ['"', '\\'] } }]
    const jobs = payloads.map(payload => newJob(queue, { payload }))
    await enqueue(database, clock, ...jobs)
    const claimed = await claim(database, clock, queue)
    const byId = new Map(claimed.map(job => [job.id, job.payload]))
    expect(jobs.map(job => byId.get(job.id))).toEqual(payloads)
  })

  test('refuses a job that is there already, and the rest with it', async () => {
    const { database } = opened()
    const queue = newQueue()
    const job = newJob(queue)
    await enqueue(database, clock, job)
    await expect(enqueue(database, clock, newJob(queue), job)).rejects.toThrow()
    expect(await readQueue(database, queue)).toHaveLength(1)
  })
})
