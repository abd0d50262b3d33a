import { describe, expect, test } from 'bun:test'
import { nextDueMs, promoteJobs } from '../../src/queue/sql/promote-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue, readJob, readQueue } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('scheduled jobs on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  const promote = (queue: string, limit = 100) =>
    opened().database.transaction(tx => promoteJobs(tx, queue, limit, clock.now()))
  const due = (queue: string) => nextDueMs(opened().database, queue, clock.now())

  test('become available when they are due, not a millisecond before', async () => {
    const { database } = opened()
    const job = newJob(newQueue(), { delayMs: 1_000 })
    await enqueue(database, clock, job)
    const before = await readJob(database, job.id)
    clock.advance(999)
    expect(await promote(job.queue)).toBe(0)
    clock.advance(1)
    expect(await promote(job.queue)).toBe(1)
    expect(await readJob(database, job.id)).toEqual({ ...before, state: 'available' })
    expect(await promote(job.queue)).toBe(0)
    expect(await claim(database, clock, job.queue)).toHaveLength(1)
  })

  test('say how long it takes until the next is due', async () => {
    const { database } = opened()
    const queue = newQueue()
    expect(await due(queue)).toBeNull()
    await enqueue(database, clock, newJob(queue), newJob(newQueue(), { delayMs: 1 }))
    expect(await due(queue)).toBeNull()
    await enqueue(database, clock, newJob(queue, { delayMs: 5_000 }), newJob(queue, { delayMs: 2_000 }))
    expect(await due(queue)).toBe(2_000)
    clock.advance(2_000)
    expect(await due(queue)).toBe(0)
    clock.advance(500)
    expect(await due(queue)).toBe(-500)
    await promote(queue)
    expect(await due(queue)).toBe(2_500)
  })

  test('are promoted in batches, those due first before the others', async () => {
    const { database } = opened()
    const queue = newQueue()
    await enqueue(database, clock, ...Array.from({ length: 25 }, (_, index) => newJob(queue, { delayMs: 25 - index })))
    clock.advance(1_000)
    expect(await promote(queue, 10)).toBe(10)
    const rows = await readQueue(database, queue)
    const times = (state: string) => rows.filter(row => row.state === state).map(row => row.runAt)
    expect(Math.max(...times('available'))).toBeLessThan(Math.min(...times('scheduled')))
    expect([await promote(queue, 10), await promote(queue, 10), await promote(queue, 10)]).toEqual([10, 5, 0])
  })

  test('of another queue are left to its own workers', async () => {
    const { database } = opened()
    const job = newJob(newQueue(), { delayMs: 1 })
    await enqueue(database, clock, job)
    clock.advance(1_000)
    expect(await promote(newQueue())).toBe(0)
    expect(await readJob(database, job.id)).toMatchObject({ state: 'scheduled' })
  })

  test('take the time of the database where none is given', async () => {
    if (engine === 'sqlite') return
    const { database } = opened()
    const queue = newQueue()
    // Enqueued as of the clock's time, which is long past for the database.
    const past = new FakeClock()
    past.ms = Date.parse('2020-01-01T00:00:00Z')
    await enqueue(database, past, newJob(queue, { delayMs: 1 }))
    expect(await nextDueMs(database, queue, null)).toBeLessThan(0)
    expect(await database.transaction(tx => promoteJobs(tx, queue, 10, null))).toBe(1)
  })
})
