import { describe, expect, test } from 'bun:test'
import { LocalNotifier } from '../../src/db/notifier.ts'
import { LeaseLost } from '../../src/queue/abort-reason.ts'
import { claimJobs } from '../../src/queue/sql/claim-jobs.ts'
import { insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { rescueJobs } from '../../src/queue/sql/rescue-jobs.ts'
import { queueTime } from '../../src/queue/time.ts'
import { RunHub } from '../../src/runs/hub.ts'
import { readEvents } from '../../src/runs/read-events.ts'
import { readRun } from '../../src/runs/read-run.ts'
import { Recorder } from '../../src/runs/recorder.ts'
import { type Run, runJob } from '../../src/runs/run.ts'
import { insertRuns } from '../../src/runs/sql/insert-runs.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { engines } from '../support/database.ts'
import { type MigratedDatabase, migratedDatabase } from '../support/migrated-database.ts'
import { noBudgets } from '../support/no-budgets.ts'
import { noOutbox } from '../support/no-outbox.ts'
import { newRun } from '../support/runs.ts'

describe.each(engines)('two attempts of one run in one process on %s', engine => {
  test.each(['earlier', 'later'])('only the later one is written, when the %s one asks first', async first => {
    await using place = await migratedDatabase(engine)
    const { database } = place
    const run = await takenTwice(place)
    const recorder = new Recorder({
      budgets: noBudgets,
      database,
      clock: systemClock,
      hub: new RunHub(new LocalNotifier()),
      outbox: noOutbox,
      emit: () => {},
    })
    recorder.start()
    const earlier = recorder.openLog({ run, attempt: 1, lastSeq: 0 })
    const later = recorder.openLog({ run, attempt: 2, lastSeq: 0 })
    // Both in one turn of the event loop: they would share a commit.
    const logs = first === 'earlier' ? [earlier, later] : [later, earlier]
    for (const log of logs) {
      log.append({ type: 'run.started', data: { attempt: log === earlier ? 1 : 2 } })
      log.update({ status: 'running', attempt: log === earlier ? 1 : 2 })
    }
    const durable = new Map(logs.map(log => [log, log.durable()]))
    expect(durable.get(earlier)).rejects.toThrow(LeaseLost)
    await durable.get(later)
    await recorder.stop()
    const events = await readEvents(database, run.id, 0, 10)
    expect(events.map(({ seq, data }) => ({ seq, data }))).toEqual([{ seq: 1, data: '{"attempt":2}' }])
    expect(await readRun(database, run.id)).toMatchObject({ attempt: 2 })
  })
})

/** A run whose job was claimed, taken away, and claimed again. */
async function takenTwice({ database }: MigratedDatabase): Promise<Run> {
  const run = newRun({ createdAt: Date.now(), maxAttempts: 5 })
  const job = { id: run.jobId, tenantId: 'default', ...runJob, payload: { run_id: run.id }, maxAttempts: 5 }
  const now = queueTime(database, systemClock)
  const claim = { queue: runJob.queue, worker: 'wrk_1', limit: 1, leaseMs: 60_000, now }
  await database.transaction(tx => insertJobs(tx, [job], { now, leaseMs: 60_000 }))
  await database.transaction(tx => insertRuns(tx, [run]))
  await database.transaction(tx => claimJobs(tx, claim))
  await database.transaction(tx => rescueJobs(tx, { now, limit: 1, everyLease: true }))
  const [claimed] = await database.transaction(tx => claimJobs(tx, claim))
  expect(claimed).toMatchObject({ id: run.jobId, attempt: 2 })
  return run
}
