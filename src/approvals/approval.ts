import type { InferSelectModel } from 'drizzle-orm'
import type { DeadlineAction, Decision, WaitKind } from '../agents/wait.ts'
import type { Tables } from '../db/tables.ts'
import type { Json } from '../json.ts'

export const approvalStates = ['pending', 'resolved', 'expired', 'cancelled'] as const
export type ApprovalState = (typeof approvalStates)[number]

/** One tool call that somebody else has to decide on, or to run. Times are milliseconds since 1970. */
export interface Approval {
  id: string
  tenantId: string
  runId: string
  threadId: string | null
  agent: string
  kind: WaitKind
  step: number
  toolCallId: string
  tool: string
  input: Json
  message: string
  /** JSON Schema of what is to be filled in; null: nothing. */
  form: { [key: string]: Json } | null
  state: ApprovalState
  decision: Decision | null
  /** A key's id, `operator`, or `system`. */
  resolvedBy: string | null
  expiresAt: number | null
  onDeadline: DeadlineAction
  remindEverySeconds: number | null
  remindAt: number | null
  createdAt: number
  resolvedAt: number | null
  /** Of `child_run`: the run whose end is waited for. */
  childRunId: string | null
}

// What JSON columns hold, and which words stand in text columns, was checked when it was written, by this feature alone.
export const toApproval = (row: InferSelectModel<Tables['approvals']>): Approval => ({
  ...row,
  kind: row.kind as WaitKind,
  input: row.input as Json,
  form: row.form as Approval['form'],
  state: row.state as ApprovalState,
  decision: row.decision as unknown as Decision | null,
  onDeadline: row.onDeadline as DeadlineAction,
})
