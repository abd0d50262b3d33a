import { describe, expect, test } from 'bun:test'
import { eq, inArray } from 'drizzle-orm'
import type { Outcome, UniqueRule } from '../../src/queue/job.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { enqueue, newJob, newQueue, readJob, running, settle } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('settling on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  test('completed keeps what it returned', async () => {
    const { database } = opened()
    const result = { text: 'nul \u0000, "é"', list: [1, null, { z: true, a: 1.5 }] }
    const [job, nothing] = [await running(database, clock), await running(database, clock)]
    await settle(database, clock, job, { kind: 'completed', result })
    await settle(database, clock, nothing, { kind: 'completed', result: null })
    const row = await readJob(database, job.id)
    expect(row).toMatchObject({ state: 'completed', errors: [] })
    // As it was given, its order too.
    expect(JSON.stringify(row.result)).toBe(JSON.stringify(result))
    expect(await readJob(database, nothing.id)).toMatchObject({ state: 'completed', result: null })
  })

  test('completed leaves out a result that is too long, and says so', async () => {
    const { database } = opened()
    const [fits, long] = [await running(database, clock), await running(database, clock)]
    const text = 'é'.repeat(32_767)
    await settle(database, clock, fits, { kind: 'completed', result: text })
    await settle(database, clock, long, { kind: 'completed', result: `${text}x` })
    expect(await readJob(database, fits.id)).toMatchObject({ state: 'completed', result: text, errors: [] })
    const message = 'Its result of 65537 bytes was left out: at most 65536 are kept.'
    expect(await readJob(database, long.id)).toMatchObject({
      state: 'completed',
      result: null,
      errors: [{ attempt: 1, at: clock.now(), message }],
    })
  })

  test('retry with a wish for it pauses the limit key until then, and no other', async () => {
    const { database } = opened()
    const queue = newQueue()
    const limited = await running(database, clock, { queue, limitKey: 'a' })
    const unlimited = await running(database, clock, { queue })
    const quiet = await running(database, clock, { queue, limitKey: 'b' })
    const retry = { kind: 'retry', delayMs: 5_000, message: 'no', pausesKey: true } as const
    await settle(database, clock, limited, retry)
    await settle(database, clock, unlimited, retry)
    await settle(database, clock, quiet, { ...retry, pausesKey: false })
    const { rateBuckets } = database.tables
    const rows = await database.orm.select().from(rateBuckets).where(eq(rateBuckets.queue, queue))
    expect(rows).toMatchObject([{ key: 'a', pausedUntil: clock.now() + 5_000 }])
  })

  test('deletes what is forgotten when it has completed, under the same fence, and tells who waits for it', async () => {
    const { database } = opened()
    const jobs = await Promise.all(Array.from({ length: 4 }, () => running(database, clock)))
    const dependent = newJob(newQueue(), { dependsOn: [jobs[0]?.id ?? ''] })
    await enqueue(database, clock, dependent)
    const outcomes: Outcome[] = [
      { kind: 'completed', result: 'gone too' },
      { kind: 'discard', message: 'No.' },
      { kind: 'completed' },
      { kind: 'completed' },
    ]
    const settlements = jobs.map(({ id }, index) => ({
      jobId: id,
      attempt: index === 3 ? 9 : 1,
      outcome: outcomes[index] ?? { kind: 'completed' as const },
      forgets: index !== 2,
    }))
    const written = await database.transaction(tx => settleJobs(tx, settlements, clock.now()))
    const ids = jobs.map(({ id }) => id)
    expect(ids.map(id => written.get(id))).toEqual(['completed', 'discarded', 'completed', undefined])
    const { jobs: table, jobDependencies } = database.tables
    const left = await database.orm.select().from(table).where(inArray(table.id, ids)).orderBy(table.id)
    expect(new Map(left.map(row => [row.id, row.state]))).toEqual(
      new Map([
        [ids[1] ?? '', 'discarded'],
        [ids[2] ?? '', 'completed'],
        [ids[3] ?? '', 'running'],
      ]),
    )
    expect(await readJob(database, dependent.id)).toMatchObject({ state: 'available', waitsFor: 0 })
    const links = database.orm.select().from(jobDependencies).where(eq(jobDependencies.jobId, dependent.id))
    expect(await links).toEqual([])
  })

  test('does not take up a unique key again that it gave up when it began', async () => {
    const { database } = opened()
    const unique: UniqueRule = {
      key: newQueue(),
      states: ['scheduled', 'available'],
      forMs: null,
      onConflict: { kind: 'keep' },
    }
    const job = await running(database, clock, { unique })
    const next = newJob(newQueue(), { unique })
    await enqueue(database, clock, next)
    expect(await settle(database, clock, job, { kind: 'retry', delayMs: 0, message: 'no' })).toEqual([job.id])
    expect(await readJob(database, job.id)).toMatchObject({ state: 'available', uniqueKey: null })
    expect(await readJob(database, next.id)).toMatchObject({ state: 'available', uniqueKey: unique.key })
  })
})
