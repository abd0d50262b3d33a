import { eq } from 'drizzle-orm'
import type { Decision } from '../agents/wait.ts'
import type { AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { LeaseLost } from '../queue/abort-reason.ts'
import type { ClaimedJob } from '../queue/job.ts'
import type { Settled } from '../queue/kind.ts'
import { holdJobs } from '../queue/sql/hold-jobs.ts'
import { lockJobs } from '../queue/sql/lock-jobs.ts'
import { settleJobs } from '../queue/sql/settle-jobs.ts'
import { queueTime } from '../queue/time.ts'
import { cancelUnstarted } from '../runs/cancel-unstarted.ts'
import type { Run } from '../runs/run.ts'
import type { RunOutbox } from '../runs/run-outbox.ts'
import { appendEvent } from '../runs/sql/append-event.ts'
import type { Approval } from './approval.ts'
import { sleepMs } from './open-approvals.ts'
import { pendingApprovals } from './read-approvals.ts'
import { endWait, settleApproval } from './settle-approval.ts'

type Needs = Pick<AppContext, 'clock' | 'database' | 'hub'> & { outbox: RunOutbox }

/**
 * What an attempt does that finds its run waiting: a deadline or a reminder has come. Null: nothing is left to wait for,
 * and the attempt goes on; else its job sleeps again.
 */
export async function wakeWaiting(app: Needs, run: Run, job: ClaimedJob): Promise<Settled | null> {
  const settled = await app.database.transaction(async tx => {
    await lockJobs(tx, [job.id])
    const held = await holdJobs(tx, [{ jobId: job.id, attempt: job.attempt }])
    if (!held.has(job.id)) throw new LeaseLost('The lease was taken over.')
    const now = app.clock.now()
    const pending = await pendingApprovals(tx, run.id)
    const expired = pending.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now)
    for (const approval of expired) {
      const decision = byDefault(approval)
      await settleApproval(tx, approval, { decision, by: 'system', state: 'expired', now, outbox: app.outbox })
    }
    const left = pending.filter(approval => !expired.includes(approval))
    if (left.length === 0) {
      await endWait(tx, run.id, now)
      return null
    }
    const reminded = await remind(tx, left, now, app.outbox)
    const outcome = { kind: 'snooze' as const, delayMs: sleepMs(reminded, now) }
    const states = await settleJobs(tx, [{ jobId: job.id, attempt: job.attempt, outcome }], queueTime(tx, app.clock))
    const state = states.get(job.id)
    if (state === undefined) throw new LeaseLost('The lease was taken over.')
    if (state === 'cancelled') {
      const cancelled = [{ id: job.id, payload: job.payload, state }]
      await cancelUnstarted(tx, cancelled, { reason: 'Cancelled on request.', now, outbox: app.outbox })
    }
    return { kind: 'settled' as const, outcome }
  })
  app.outbox.wake()
  app.hub.hint(run.id)
  return settled
}

/** Says in the run's log that somebody is still waited for, and puts the next reminder off. */
async function remind(tx: Transaction, left: Approval[], now: number, outbox: RunOutbox): Promise<Approval[]> {
  const { approvals } = tx.tables
  const reminded: Approval[] = []
  for (const approval of left) {
    const { id, runId, kind, step, toolCallId, tool, remindAt, remindEverySeconds } = approval
    if (remindAt === null || remindEverySeconds === null || remindAt > now) {
      reminded.push(approval)
      continue
    }
    const next = now + remindEverySeconds * 1_000
    const data = { approval_id: id, kind, step, tool_call_id: toolCallId, name: tool }
    await appendEvent(tx, runId, { type: 'approval.reminded', data }, now)
    await tx.orm.update(approvals).set({ remindAt: next }).where(eq(approvals.id, id))
    await outbox.tellApprovals(tx, [{ type: 'approval.reminded', approval, at: now }])
    reminded.push({ ...approval, remindAt: next })
  }
  return reminded
}

const reason = 'Nobody decided in time.'

function byDefault({ onDeadline, kind }: Approval): Decision {
  // Who was to answer has not; that is no agreement to anything.
  if (onDeadline === 'approve' && kind === 'approval') return { action: 'approve' }
  return { action: onDeadline === 'fail' ? 'fail' : 'deny', reason }
}
