import { describe, expect, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import type { Outcome } from '../../src/queue/job.ts'
import { cancelJobs } from '../../src/queue/sql/cancel-jobs.ts'
import { addLogLines, readJobLogs } from '../../src/queue/sql/job-logs.ts'
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

  test('spares what unfinished jobs depend on, and takes it when they have ended', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const queue = newQueue()
    const [first, other] = [await running(database, clock, { queue }), await running(database, clock, { queue })]
    const last = newJob(newQueue(), { dependsOn: [first.id, other.id] })
    await enqueue(database, clock, last)
    const end = (jobId: string) =>
      database.transaction(tx => settleJobs(tx, [{ jobId, attempt: 1, outcome: { kind: 'completed' } }], clock.now()))
    const links = async () => (await database.orm.select().from(database.tables.jobDependencies)).length
    await end(first.id)
    clock.advance(1_001)
    expect([await prune(database), await links()]).toEqual([0, 2])
    await end(other.id)
    await claim(database, clock, last.queue)
    expect([await prune(database), await links()]).toEqual([0, 2])
    await end(last.id)
    expect([await prune(database), await links()]).toEqual([1, 1])
    clock.advance(1_001)
    expect([await prune(database), await links()]).toEqual([2, 0])
  })

  test('spares what blocks its order key', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const queue = newQueue()
    const { id: jobId } = await running(database, clock, { queue, orderKey: queue, orderBlocks: true })
    const outcome: Outcome = { kind: 'discard', message: 'No.' }
    await database.transaction(tx => settleJobs(tx, [{ jobId, attempt: 1, outcome }], clock.now()))
    clock.advance(365 * 86_400_000)
    expect(await prune(database)).toBe(0)
    await database.transaction(tx => cancelJobs(tx, [jobId], clock.now()))
    expect(await prune(database)).toBe(1)
  })

  test('takes the logs of what it deletes, and no others', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const jobs = [await running(database, clock), await running(database, clock)]
    const lines = jobs.map(({ id }) => ({ jobId: id, attempt: 1, tenantId: 'default', message: 'said', agoMs: 0 }))
    await database.transaction(tx => addLogLines(tx, lines, clock.now()))
    const [ended, active] = jobs.map(({ id }) => id)
    const settlement = { jobId: ended ?? '', attempt: 1, outcome: { kind: 'completed' } as const }
    await database.transaction(tx => settleJobs(tx, [settlement], clock.now()))
    clock.advance(1_001)
    expect(await prune(database)).toBe(1)
    expect(await readJobLogs(database, ended ?? '', null, 10)).toEqual([])
    expect(await readJobLogs(database, active ?? '', null, 10)).toMatchObject([{ message: 'said' }])
  })
})
