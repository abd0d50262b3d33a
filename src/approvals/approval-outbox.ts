import type { Transaction } from '../db/database.ts'
import type { Approval } from './approval.ts'

export const approvalNewsTypes = ['approval.requested', 'approval.reminded', 'approval.resolved'] as const

/** One change of an approval. */
export interface ApprovalNews {
  type: (typeof approvalNewsTypes)[number]
  /** As it was stored with the change. */
  approval: Approval
  /** Milliseconds since 1970. */
  at: number
}

/** What is to be told outside: it commits with the approvals, or not at all. */
export interface ApprovalOutbox {
  tellApprovals(tx: Transaction, news: ApprovalNews[]): Promise<void>
}

/** Callers that run tools themselves are told by their runs. */
export const isAskedOfPerson = ({ kind }: Approval): boolean => kind !== 'client_tool' && kind !== 'child_run'
