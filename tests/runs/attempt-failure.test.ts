import { describe, expect, test } from 'bun:test'
import { attemptFailure } from '../../src/runs/attempt-failure.ts'
import { runJob } from '../../src/runs/run.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { readJob } from '../support/jobs.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { heldRun, readLog, recording } from '../support/runs.ts'

describe.each(engines)('an attempt that fails on %s', engine => {
  const opened = sharedDatabase(engine)

  /** What becomes of a run whose only attempt ends with this error. */
  async function failed(error: Error) {
    const { database } = opened()
    const clock = new FakeClock()
    const run = await heldRun(database, clock, { maxAttempts: 1 })
    await using recorded = recording(database, clock)
    const log = recorded.open(run)
    const job = { ...(await readJob(database, run.jobId)), ...runJob, payload: { run_id: run.id }, ordered: false }
    const signal = new AbortController().signal
    await log.settle(attemptFailure({ clock, emit: recorded.facts.emit }, log, job, { error, signal }))
    return { job: await readJob(database, run.jobId), events: await readLog(database, run) }
  }

  test('because the database was away is handed back, and does not count', async () => {
    const away = Object.assign(new Error('The connection was closed.'), { code: 'CONNECTION_CLOSED' })
    const { job, events } = await failed(new Error('No answer.', { cause: away }))
    expect(job).toMatchObject({ state: 'available', attempt: 0, errors: [] })
    expect(events[1]).toMatchObject({ type: 'run.interrupted', data: '{"attempt":1,"reason":"database"}' })
  })

  test('for a reason that nobody knows is tried again, and counts', async () => {
    const { job, events } = await failed(new Error('secret'))
    expect(job).toMatchObject({ state: 'discarded', attempt: 1 })
    expect(events.at(-1)?.data).not.toContain('secret')
  })
})
