import type { StepEvent, Usage } from '../agents/step.ts'
import type { DeadlineAction, Decision, WaitKind } from '../agents/wait.ts'
import type { Json } from '../json.ts'
import type { CallerToolCall, RunError } from './run.ts'

/** One row of a run's log as it is stored: `data` is JSON text, so that every reader gets the same bytes. */
export interface RunEvent {
  runId: string
  tenantId: string
  /** From 1, without gaps. */
  seq: number
  type: EventType
  data: string
  /** Milliseconds since 1970. */
  createdAt: number
}

/** What the log can say, besides the steps. */
export type LifeEvent =
  | { type: 'run.created'; data: { agent: string; agent_version: number; thread_id: string | null } }
  | { type: 'run.started'; data: { attempt: number } }
  | { type: 'text.delta' | 'reasoning.delta'; data: { step: number; text: string } }
  | { type: 'run.interrupted'; data: { attempt: number; reason: string } }
  | { type: 'run.retrying'; data: { attempt: number; reason: string; delay_seconds: number } }
  | { type: 'approval.requested'; data: RequestedApproval }
  | { type: 'approval.reminded'; data: AboutCall & { approval_id: string; kind: WaitKind } }
  | { type: 'approval.resolved'; data: ResolvedApproval }
  /** `budget_id` null: the run's own. */
  | { type: 'budget.warning'; data: { budget_id: string | null; message: string } }
  | { type: 'run.waiting'; data: Waiting }
  | { type: 'run.completed'; data: { output: Json; usage: Usage } }
  | { type: 'run.failed'; data: { error: RunError; usage: Usage } }
  | { type: 'run.cancelled'; data: { reason: string; usage: Usage } }

interface AboutCall {
  step: number
  tool_call_id: string
  name: string
}

interface RequestedApproval extends AboutCall {
  approval_id: string
  kind: WaitKind
  input: Json
  message: string
  form: Json
  /** ISO time; null: it waits for as long as it takes. */
  expires_at: string | null
  on_deadline: DeadlineAction
}

/** With what was decided, as src/agents/wait.ts has it. */
export type ResolvedApproval = AboutCall & { approval_id: string; kind: WaitKind; by: string } & Decision

interface Waiting {
  approvals: string[]
  /** Calls of tools that the caller of the run runs. */
  tool_calls: CallerToolCall[]
  /** Of other agents, that do a part of the work. */
  runs?: { step: number; run_id: string; agent: string }[]
  /** The last message of the thread that the run has been given; null where it is on none. */
  thread_position: number | null
}

export type NewEvent = LifeEvent | StepEvent
export type EventType = NewEvent['type']

export const isTerminal = (type: string): boolean =>
  type === 'run.completed' || type === 'run.failed' || type === 'run.cancelled'
