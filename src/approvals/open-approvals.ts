import type { ToolWait } from '../agents/wait.ts'
import type { Transaction } from '../db/database.ts'
import type { Run } from '../runs/run.ts'
import { newId } from '../runtime/id.ts'
import type { Approval } from './approval.ts'

/** How soon to look again where nothing is due. A job that slept for ever would be taken for lost. */
const longestSleepMs = 30 * 86_400_000
const shortestSleepMs = 100

/** What is to be decided, of a run that begins to wait. */
export const newApproval = (run: Run, wait: ToolWait, now: number, childRunId: string | null = null): Approval => ({
  id: newId('apr'),
  tenantId: run.tenantId,
  runId: run.id,
  threadId: run.threadId,
  agent: run.agent,
  kind: wait.kind,
  step: wait.step,
  toolCallId: wait.toolCallId,
  tool: wait.tool,
  input: wait.input,
  message: wait.message,
  form: wait.form,
  state: 'pending',
  decision: null,
  resolvedBy: null,
  expiresAt: wait.deadlineSeconds === null ? null : now + wait.deadlineSeconds * 1_000,
  onDeadline: wait.onDeadline,
  remindEverySeconds: wait.remindEverySeconds,
  remindAt: wait.remindEverySeconds === null ? null : now + wait.remindEverySeconds * 1_000,
  createdAt: now,
  resolvedAt: null,
  childRunId,
})

/** How long the job of a run that waits sleeps: until a deadline or a reminder comes. */
export function sleepMs(approvals: Pick<Approval, 'expiresAt' | 'remindAt'>[], now: number): number {
  const due = approvals.flatMap(({ expiresAt, remindAt }) => [expiresAt ?? [], remindAt ?? []].flat())
  return Math.min(Math.max(Math.min(...due, now + longestSleepMs) - now, shortestSleepMs), longestSleepMs)
}

export async function insertApprovals(tx: Transaction, approvals: Approval[]): Promise<void> {
  if (approvals.length === 0) return
  const { approvals: table } = tx.tables
  await tx.orm.insert(table).values(approvals.map(approval => ({ ...approval, decision: null })))
}
