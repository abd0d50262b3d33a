import type { StepEvent, Usage } from '../agents/step.ts'
import type { Json } from '../json.ts'
import type { RunError } from './run.ts'

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
  | { type: 'run.completed'; data: { output: Json; usage: Usage } }
  | { type: 'run.failed'; data: { error: RunError; usage: Usage } }
  | { type: 'run.cancelled'; data: { reason: string; usage: Usage } }

export type NewEvent = LifeEvent | StepEvent
export type EventType = NewEvent['type']

export const isTerminal = (type: string): boolean =>
  type === 'run.completed' || type === 'run.failed' || type === 'run.cancelled'
