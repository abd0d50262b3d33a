import { and, eq } from 'drizzle-orm'
import type { ToolStep } from '../agents/step.ts'
import type { Decision } from '../agents/wait.ts'
import type { Transaction } from '../db/database.ts'
import { appendEvent } from '../runs/sql/append-event.ts'
import type { Approval } from './approval.ts'
import type { ApprovalOutbox } from './approval-outbox.ts'

interface Settling {
  decision: Decision
  /** A key's id, `operator`, or `system`. */
  by: string
  state: 'resolved' | 'expired'
  now: number
  outbox: ApprovalOutbox
  /** What another agent's run has come to. */
  child?: ToolStep['child']
}

/**
 * Writes what was decided, in the approval and in its run's log. The caller holds the run's job, so that nobody else
 * writes either.
 */
export async function settleApproval(
  tx: Transaction,
  approval: Approval,
  { decision, by, state, now, outbox, child }: Settling,
): Promise<void> {
  const { approvals } = tx.tables
  const settled = { state, resolvedBy: by, resolvedAt: now, remindAt: null }
  await tx.orm
    .update(approvals)
    // Safe: a decision is JSON.
    .set({ ...settled, decision: { ...decision } })
    .where(and(eq(approvals.id, approval.id), eq(approvals.state, 'pending')))
  const news = { type: 'approval.resolved' as const, approval: { ...approval, ...settled, decision }, at: now }
  await outbox.tellApprovals(tx, [news])
  const { id, runId, kind, step, toolCallId, tool: name } = approval
  const about = { step, tool_call_id: toolCallId, name }
  if ((kind === 'client_tool' || kind === 'child_run') && decision.action === 'done') {
    const { output, isError: is_error = false } = decision
    await appendEvent(tx, runId, { type: 'step.started', data: { ...about, kind: 'tool' } }, now)
    await appendEvent(
      tx,
      runId,
      { type: 'tool.result', data: { ...about, output, is_error, ...(child && { child }) } },
      now,
    )
    await appendEvent(tx, runId, { type: 'step.completed', data: { ...about, kind: 'tool', is_error } }, now)
    return
  }
  await appendEvent(
    tx,
    runId,
    { type: 'approval.resolved', data: { approval_id: id, kind, ...about, by, ...decision } },
    now,
  )
}

const sqlite = `
update runs set status = 'queued', waited_ms = waited_ms + max(0, ?2 - waiting_since), waiting_since = null,
  tool_calls = null
where id = ?1 and status = 'waiting' returning id`

const postgres = `
update runs set status = 'queued', waiting_since = null, tool_calls = null,
  waited_ms = waited_ms + greatest(0, extract(epoch from $2::timestamptz - waiting_since) * 1000)::int
where id = $1 and status = 'waiting' returning id`

/** Nothing is left to wait for. False where the run did not wait. */
export async function endWait(tx: Transaction, runId: string, now: number): Promise<boolean> {
  const rows = await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [runId, now])
  return rows.length > 0
}
