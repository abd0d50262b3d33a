import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import type { ToolWait } from '../../src/agents/wait.ts'
import { insertApprovals, newApproval } from '../../src/approvals/open-approvals.ts'
import { pendingApprovals } from '../../src/approvals/read-approvals.ts'
import { wakeWaiting } from '../../src/approvals/wake-waiting.ts'
import { LeaseLost } from '../../src/queue/abort-reason.ts'
import type { ClaimedJob } from '../../src/queue/job.ts'
import { type Run, runJob } from '../../src/runs/run.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { noOutbox } from '../support/no-outbox.ts'
import { heldRun, inShort, readLog, recording, takeOver } from '../support/runs.ts'

const wait: ToolWait = {
  kind: 'approval',
  step: 2,
  toolCallId: 'call_a',
  tool: 'refund',
  input: { amount: 50 },
  message: 'Refund 50?',
  form: null,
  deadlineSeconds: 60,
  onDeadline: 'deny',
  remindEverySeconds: null,
  holdsThread: false,
}

const jobOf = (run: Run): ClaimedJob => ({
  id: run.jobId,
  tenantId: run.tenantId,
  ...runJob,
  payload: { run_id: run.id },
  attempt: 1,
  maxAttempts: 3,
  ordered: false,
})

describe.each(engines)('an attempt that finds its run waiting, on %s', engine => {
  const opened = sharedDatabase(engine)

  /** A run whose one approval is past its deadline. */
  const overdue = async () => {
    const { database } = opened()
    const clock = new FakeClock()
    const run = await heldRun(database, clock, { status: 'waiting' })
    await database.transaction(async tx => {
      const { runs } = tx.tables
      await tx.orm.update(runs).set({ waitingSince: clock.now() }).where(eq(runs.id, run.id))
      await insertApprovals(tx, [newApproval(run, wait, clock.now())])
    })
    clock.advance(61_000)
    const { hub, ...recorded } = recording(database, clock)
    const wake = () => wakeWaiting({ database, clock, hub, outbox: noOutbox }, run, jobOf(run))
    return { database, run, wake, [Symbol.asyncDispose]: recorded[Symbol.asyncDispose] }
  }

  test('decides by default what nobody has decided in time, and goes on', async () => {
    await using stage = await overdue()
    expect(await stage.wake()).toBeNull()
    expect(await pendingApprovals(stage.database, stage.run.id)).toEqual([])
    expect(inShort(await readLog(stage.database, stage.run))).toEqual(['1 run.created', '2 approval.resolved'])
  })

  test('decides nothing once its job is another attempt’s', async () => {
    await using stage = await overdue()
    await takeOver(stage.database, stage.run)
    await expect(stage.wake()).rejects.toBeInstanceOf(LeaseLost)
    expect(await pendingApprovals(stage.database, stage.run.id)).toHaveLength(1)
    expect(inShort(await readLog(stage.database, stage.run))).toEqual(['1 run.created'])
  })
})
