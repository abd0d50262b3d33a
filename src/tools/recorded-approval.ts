import type { ToolRecord } from '../agents/record.ts'
import type { LoadedApproval } from '../agents/tools/approval.ts'

/** The rule of a tool that is data: it is for every call. */
export function recordedApproval({ approval, description }: ToolRecord): LoadedApproval | null {
  if (!approval) return null
  return {
    isNeeded: async () => true,
    message: () => description,
    form: approval.form,
    deadlineSeconds: approval.deadline_seconds,
    onDeadline: approval.on_deadline,
    remindEverySeconds: approval.remind_every_seconds,
    holdsThread: approval.holds_thread,
  }
}
