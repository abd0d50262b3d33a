import type { ApprovalNews } from '../approvals/approval-outbox.ts'
import { approvalToWire } from '../approvals/wire.ts'
import type { BudgetNews } from '../budgets/budget-outbox.ts'
import { budgetToWire } from '../budgets/budget-wire.ts'
import type { Json } from '../json.ts'
import type { Run } from '../runs/run.ts'
import type { RunNews } from '../runs/run-outbox.ts'
import { runToWire } from '../runs/wire.ts'
import type { OccurrenceNews } from '../schedules/occurrence-outbox.ts'
import { occurrenceToWire } from '../schedules/wire.ts'
import type { WebhookEventType } from './event-type.ts'

/** One thing to tell, to whomever it concerns. */
export interface Message {
  type: WebhookEventType
  tenantId: string
  /** Names of the agents it is about; null: of all. A webhook for some agents hears only what is about these alone. */
  agents: readonly string[] | null
  runId: string | null
  /** The body, exactly as it is signed. */
  body: string
  /** What it tells of, where that is a run or made one. */
  run?: Run | null
}

/** The body of Standard Webhooks. `at` in milliseconds since 1970. */
export const bodyOf = (type: WebhookEventType, at: number, data: unknown): string =>
  JSON.stringify({ type, timestamp: new Date(at).toISOString(), data })

export const runMessage = ({ type, run, at }: RunNews): Message => ({
  type,
  tenantId: run.tenantId,
  agents: [run.agent],
  runId: run.id,
  body: bodyOf(type, at, runToWire(run)),
  run,
})

export const approvalMessage = ({ type, approval, at }: ApprovalNews): Message => ({
  type,
  tenantId: approval.tenantId,
  agents: [approval.agent],
  runId: approval.runId,
  body: bodyOf(type, at, approvalToWire(approval)),
})

/** One for some agents hears of their own budgets alone. */
export const budgetMessage = ({ type, budget, period, spent, at }: BudgetNews): Message => ({
  type,
  tenantId: budget.tenantId,
  agents: budget.scope === 'agent' && budget.subject !== null ? [budget.subject] : null,
  runId: null,
  body: bodyOf(type, at, budgetToWire(budget, { period, spent, reserved: null })),
})

export function occurrenceMessage({ schedule: { agent }, occurrence }: OccurrenceNews): Message {
  const type = `schedule.${occurrence.outcome}` as const
  return {
    type,
    tenantId: occurrence.tenantId,
    agents: [agent],
    runId: occurrence.runId,
    body: bodyOf(type, occurrence.createdAt, { agent, ...occurrenceToWire(occurrence) }),
    run: occurrence.run,
  }
}

/** What a webhook's test sends. */
export const pingMessage = (
  { id, tenantId, name }: { id: string; tenantId: string; name: string },
  at: number,
): Message => {
  const data: Json = { webhook_id: id, name }
  return { type: 'ping', tenantId, agents: null, runId: null, body: bodyOf('ping', at, data) }
}
