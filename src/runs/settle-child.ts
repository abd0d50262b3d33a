import { eq, sql } from 'drizzle-orm'
import type { Decision } from '../agents/wait.ts'
import { pendingApprovals } from '../approvals/read-approvals.ts'
import { resume, tellResolved } from '../approvals/resolve-approval.ts'
import { settleApproval } from '../approvals/settle-approval.ts'
import type { Transaction } from '../db/database.ts'
import { AppError } from '../errors.ts'
import type { JobKind } from '../queue/kind.ts'
import { lockJobs } from '../queue/sql/lock-jobs.ts'
import { cancelRun } from './cancel-run.ts'
import { childJob } from './child-job.ts'
import { readRunHistory } from './finished-steps.ts'
import { readRun } from './read-run.ts'
import { isFinal, payloadRunId, type Run } from './run.ts'

type Needs = Parameters<typeof cancelRun>[0]

/** Jobs that bring a run's answer to the run that waits for it, or end it where nobody waits any more. */
export const childJobKind = (app: () => Needs): JobKind => ({
  kind: childJob.kind,
  settlesItself: false,
  forgetsCompleted: true,
  perform: async ({ job }) => {
    await settleChild(app(), payloadRunId(job.payload))
    return { kind: 'completed' }
  },
})

async function settleChild(app: Needs, childId: string): Promise<void> {
  const child = await readRun(app.database, childId)
  const parent = child?.parentRunId ? await readRun(app.database, child.parentRunId) : null
  if (!child || !parent) return
  const settled = await app.database.transaction(async tx => {
    // Whoever writes the log of a run holds its job.
    await lockJobs(tx, [parent.jobId])
    const waits = await pendingApprovals(tx, parent.id)
    const wait = waits.find(({ childRunId }) => childRunId === child.id)
    if (!wait) return { isAwaited: false, goesOn: false }
    if (!isFinal(child.status)) return { isAwaited: true, goesOn: false }
    const now = app.clock.now()
    await charge(tx, parent.id, child)
    const { finished } = await readRunHistory(tx, child.id)
    const model_calls = finished.reduce(
      (sum, step) => sum + (step.kind === 'model' ? 1 : (step.child?.model_calls ?? 0)),
      0,
    )
    const told = { decision: answerOf(child), child: { run_id: child.id, model_calls } }
    await settleApproval(tx, wait, { ...told, by: 'system', state: 'resolved', now, outbox: app.outbox })
    return { isAwaited: true, goesOn: await resume(app, tx, parent, now) }
  })
  tellResolved(app, parent.id, settled.goesOn)
  if (!settled.isAwaited && !isFinal(child.status)) await end(app, child)
}

/** Whoever started it has ended: nobody wants its answer. */
async function end(app: Needs, { id, tenantId }: Run): Promise<void> {
  try {
    await cancelRun(app, { tenantId, keyId: null, isSystem: true }, id)
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof AppError && error.code === 'conflict')) throw error
  }
}

function answerOf({ agent, status, output, error }: Run): Decision {
  if (status === 'completed') return { action: 'done', output }
  const why = status === 'failed' ? `failed: ${error?.message ?? 'it did not say why'}` : 'was cancelled.'
  return { action: 'done', output: `Agent ${agent} ${why}`, isError: true }
}

/** What a run's agents have taken is taken from it, too. */
async function charge(tx: Transaction, parentId: string, child: Run): Promise<void> {
  const { runs } = tx.tables
  await tx.orm
    .update(runs)
    .set({
      inputTokens: sql`${runs.inputTokens} + ${child.inputTokens}`,
      outputTokens: sql`${runs.outputTokens} + ${child.outputTokens}`,
      costUsd: child.costUsd === null ? null : sql`${runs.costUsd} + ${child.costUsd}`,
    })
    .where(eq(runs.id, parentId))
    .returning({ id: runs.id })
}
