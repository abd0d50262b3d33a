import type { ToolWait } from '../agents/wait.ts'
import type { Approval } from '../approvals/approval.ts'
import { newApproval, sleepMs } from '../approvals/open-approvals.ts'
import type { Outcome } from '../queue/job.ts'
import type { NewChild } from './child-run.ts'
import type { RunLog } from './run-log.ts'

/**
 * Ends an attempt whose tool calls wait for somebody: with what they wait for on disk, the run's job sleeps until a
 * deadline comes or all of it is decided. No worker holds it meanwhile.
 * `threadPosition`: the last message of its thread that the run was given; null: it is on none.
 */
export async function suspendRun(
  log: RunLog,
  waits: ToolWait[],
  { threadPosition, children, now }: { threadPosition: number | null; children: NewChild[]; now: number },
): Promise<Outcome> {
  const childOf = (wait: ToolWait) => children.find(({ step }) => step === wait.step)?.run.id ?? null
  const approvals = waits.map(wait => newApproval(log.run, wait, now, childOf(wait)))
  const asked = approvals.filter(({ kind }) => kind !== 'client_tool' && kind !== 'child_run')
  for (const approval of asked) log.append({ type: 'approval.requested', data: requested(approval) })
  const toolCalls = approvals.filter(({ kind }) => kind === 'client_tool').map(callerCall)
  const waitingSince = log.append({
    type: 'run.waiting',
    data: {
      approvals: asked.map(({ id }) => id),
      tool_calls: toolCalls,
      ...(children.length > 0 && {
        runs: children.map(({ run, step }) => ({ step, run_id: run.id, agent: run.agent })),
      }),
      thread_position: threadPosition,
    },
  })
  log.update({ status: 'waiting', waitingSince, toolCalls: toolCalls.length === 0 ? null : toolCalls })
  const outcome = { kind: 'snooze' as const, delayMs: sleepMs(approvals, now) }
  await log.settle(outcome, { approvals, children, leavesThread: !waits.some(({ holdsThread }) => holdsThread) })
  return outcome
}

const aboutCall = ({ step, toolCallId, tool }: Approval) => ({ step, tool_call_id: toolCallId, name: tool })

const callerCall = (approval: Approval) => ({ ...aboutCall(approval), input: approval.input })

const requested = (approval: Approval) => ({
  approval_id: approval.id,
  kind: approval.kind,
  ...aboutCall(approval),
  input: approval.input,
  message: approval.message,
  form: approval.form,
  expires_at: approval.expiresAt === null ? null : new Date(approval.expiresAt).toISOString(),
  on_deadline: approval.onDeadline,
})
