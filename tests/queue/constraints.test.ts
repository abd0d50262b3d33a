import { describe, expect, test } from 'bun:test'
import { databaseFailure } from '../../src/db/failure.ts'
import { newId } from '../../src/runtime/id.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { enqueue, type JobRow, newJob, newQueue, readJob } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

describe.each(engines)('a writer that is wrong on %s', engine => {
  const opened = sharedDatabase(engine)
  const clock = new FakeClock()

  /** Writes a copy of a good row with these columns changed. */
  async function write(changed: Partial<JobRow>) {
    const { database } = opened()
    const { jobs } = database.tables
    const good = newJob(newQueue())
    await enqueue(database, clock, good)
    const row = { ...(await readJob(database, good.id)), id: newId('job'), ...changed }
    return database
      .transaction(tx => tx.orm.insert(jobs).values(row).returning())
      .then(
        () => 'written',
        (error: unknown) => databaseFailure(error),
      )
  }

  test('can write what is right', async () => {
    expect(await write({})).toBe('written')
    expect(await write({ state: 'running', leaseExpiresAt: 1 })).toBe('written')
    expect(await write({ state: 'completed', finishedAt: 1 })).toBe('written')
  })

  test.each([
    { state: 'running', leaseExpiresAt: null },
    { state: 'available', leaseExpiresAt: 1 },
    { state: 'scheduled', leaseExpiresAt: 1 },
    { state: 'completed', finishedAt: 1, leaseExpiresAt: 1 },
  ])('cannot lease a job that does not run, or run one without a lease: %j', async changed => {
    expect(await write(changed)).toBe('other')
  })

  test.each([
    { state: 'completed', finishedAt: null },
    { state: 'cancelled', finishedAt: null },
    { state: 'discarded', finishedAt: null },
    { state: 'available', finishedAt: 1 },
    { state: 'running', leaseExpiresAt: 1, finishedAt: 1 },
  ])('cannot end a job without saying when, or say when it ended and go on: %j', async changed => {
    expect(await write(changed)).toBe('other')
  })

  test('cannot give two unfinished jobs the same place in an order', async () => {
    const orderKey = newQueue()
    expect(await write({ orderKey, orderPosition: 1 })).toBe('written')
    expect(await write({ orderKey, orderPosition: 1 })).toBe('unique')
    expect(await write({ orderKey, orderPosition: 2 })).toBe('written')
    expect(await write({ orderKey: `${orderKey} other`, orderPosition: 1 })).toBe('written')
    // Those that have ended do not count.
    expect(await write({ orderKey, orderPosition: 1, state: 'completed', finishedAt: 1 })).toBe('written')
  })

  test('cannot end a run without saying when', async () => {
    const { database } = opened()
    const { runs } = database.tables
    const run = {
      agent: 'a',
      agentVersion: 1,
      jobId: 'job',
      input: 'x',
      inputTokens: 0,
      outputTokens: 0,
      attempt: 0,
      maxAttempts: 1,
      metadata: {},
      createdAt: 0,
    }
    for (const wrong of [
      { status: 'completed' },
      { status: 'failed' },
      { status: 'cancelled' },
      { status: 'running', finishedAt: 1 },
    ]) {
      const row = { ...run, ...wrong, id: newId('run') }
      await expect(database.transaction(tx => tx.orm.insert(runs).values(row).returning())).rejects.toThrow()
    }
  })

  test('cannot give two events of a run the same number, or two messages of a thread the same place', async () => {
    const { database } = opened()
    const { runEvents, messages } = database.tables
    const event = { runId: newId('run'), seq: 1, type: 'run.created', data: {}, createdAt: 0 }
    const message = () => ({
      id: newId('msg'),
      threadId: 'thread',
      position: 1,
      role: 'user',
      content: 'x',
      createdAt: 0,
    })
    const twice = [
      database.transaction(tx => tx.orm.insert(runEvents).values([event, event]).returning()),
      database.transaction(tx => tx.orm.insert(messages).values([message(), message()]).returning()),
    ]
    for (const write of twice) expect(await write.catch(databaseFailure)).toBe('unique')
  })
})
