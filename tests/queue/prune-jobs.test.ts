import { describe, expect, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import type { Outcome } from '../../src/queue/job.ts'
import { pruneJobs } from '../../src/queue/sql/prune-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { claim, enqueue, newJob, newQueue, readQueue, running } from '../support/jobs.ts'
import { migratedDatabase } from '../support/migrated-database.ts'

const retention = { completedMs: 1_000, discardedMs: 5_000 }

describe.each(engines)('pruning on %s', engine => {
  const clock = new FakeClock()

  const prune = (database: Database, limit = 100) =>
    database.transaction(tx => pruneJobs(tx, retention, limit, clock.now()))

  test('deletes finished jobs when they are past their retention, and discarded ones later', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const queue = newQueue()
    const outcomes: Outcome[] = [{ kind: 'completed' }, { kind: 'cancel' }, { kind: 'discard', message: 'No.' }]
    for (const outcome of outcomes) {
      const { id: jobId } = await running(database, clock, { queue })
      await database.transaction(tx => settleJobs(tx, [{ jobId, attempt: 1, outcome }], clock.now()))
    }
    const states = async () => (await readQueue(database, queue)).map(row => row.state)
    clock.advance(1_000)
    expect([await prune(database), await states()]).toEqual([0, ['completed', 'cancelled', 'discarded']])
    clock.advance(1)
    expect([await prune(database), await states()]).toEqual([2, ['discarded']])
    clock.advance(3_999)
    expect([await prune(database), await states()]).toEqual([0, ['discarded']])
    clock.advance(1)
    expect([await prune(database), await states()]).toEqual([1, []])
  })

  test('leaves alone what is not finished, however old', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const queue = newQueue()
    await running(database, clock, { queue })
    await enqueue(database, clock, newJob(queue), newJob(queue, { delayMs: 1 }))
    clock.advance(365 * 86_400_000)
    expect(await prune(database)).toBe(0)
    expect(await readQueue(database, queue)).toHaveLength(3)
  })

  test('deletes in batches', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const queue = newQueue()
    await enqueue(database, clock, ...Array.from({ length: 25 }, () => newJob(queue)))
    const jobs = await claim(database, clock, queue)
    await database.transaction(tx =>
      settleJobs(
        tx,
        jobs.map(job => ({ jobId: job.id, attempt: 1, outcome: { kind: 'completed' } })),
        clock.now(),
      ),
    )
    clock.advance(1_001)
    const counts = [
      await prune(database, 10),
      await prune(database, 10),
      await prune(database, 10),
      await prune(database, 10),
    ]
    expect(counts).toEqual([10, 10, 5, 0])
  })
})
