import { describe, expect, test } from 'bun:test'
import { changeQueue } from '../../src/queue/queue-settings.ts'
import { createBatcher } from '../../src/runs/create-batch.ts'
import { readRun } from '../../src/runs/read-run.ts'
import { runJob } from '../../src/runs/run.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { leaseMs } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { noOutbox } from '../support/no-outbox.ts'
import { newRun, toCreate } from '../support/runs.ts'

describe.each(engines)('a depth limit for runs on %s', engine => {
  const opened = sharedDatabase(engine)

  test('lets so many in, stores nothing of the others, and says when to come back', async () => {
    const { database } = opened()
    const clock = new FakeClock()
    const limitDepth = (depthLimit: number | null) =>
      database.transaction(tx => changeQueue(tx, runJob.queue, { depthLimit }, clock.now()))
    const batch = createBatcher({ database, clock, leaseMs, outbox: noOutbox })
    const runs = Array.from({ length: 3 }, () => newRun())
    await limitDepth(2)
    const results = await Promise.allSettled(runs.map(run => batch.submit(toCreate(run))))
    expect(results).toMatchObject([
      { status: 'fulfilled', value: { kind: 'created' } },
      { status: 'fulfilled', value: { kind: 'created' } },
      { status: 'rejected', reason: { code: 'rate_limited', retryAfterSeconds: expect.any(Number) } },
    ])
    expect(await readRun(database, runs[2]?.id ?? '')).toBeNull()
    await limitDepth(null)
    expect(await batch.submit(toCreate(newRun()))).toMatchObject({ kind: 'created' })
  })
})
