import type { approvalToWire } from '../../src/approvals/wire.ts'

export type ApprovalView = ReturnType<typeof approvalToWire>

export interface PageOf<T> {
  data: T[]
}
