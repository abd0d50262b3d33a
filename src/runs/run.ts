import type { Limits } from '../agents/limits.ts'
import type { Message } from '../agents/message.ts'
import type { ModelSettings, ToolChoice } from '../agents/models/settings.ts'
import type { Usage } from '../agents/step.ts'
import type { CallerTool } from '../agents/tools/caller-tools.ts'
import type { PlainJsonSchema } from '../agents/tools/schema.ts'
import type { Json } from '../json.ts'
import type { RunWebhook } from './run-webhook.ts'

export type RunStatus = 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled'

/** As bodies and rows have them. */
export type RunSettings = {
  /** After those of its agent. */
  instructions?: string
  temperature?: number
  top_p?: number
  max_output_tokens?: number
  stop?: string[]
  tool_choice?: ToolChoice
}

export type FinalStatus = Extract<RunStatus, 'completed' | 'failed' | 'cancelled'>

export interface RunError {
  /** provider_error | timeout | step_limit | agent_unavailable | call_refused | output_invalid | budget_exceeded | tools_unavailable | worker_lost | internal */
  code: string
  message: string
}

/** A call of a tool that the caller of the run runs. */
export type CallerToolCall = {
  step: number
  tool_call_id: string
  name: string
  input: Json
}

/** One execution of an agent. Times are milliseconds since 1970. */
export interface Run {
  id: string
  tenantId: string
  agent: string
  agentVersion: number
  threadId: string | null
  jobId: string
  status: RunStatus
  input: string | Message[]
  output: Json | null
  error: RunError | null
  inputTokens: number
  outputTokens: number
  /** Of the model calls that have ended; null where the price of one is not known. */
  costUsd: number | null
  attempt: number
  maxAttempts: number
  timeoutSeconds: number | null
  metadata: { [key: string]: Json }
  webhook: RunWebhook | null
  /** What made it, as a span is handed over; null where that was not traced. */
  traceParent: string | null
  /** Tools that its caller runs; null: none. */
  callerTools: CallerTool[] | null
  /** JSON Schema of what its output has to fit; null: what its agent says. */
  outputSchema: PlainJsonSchema | null
  /** Calls of such tools that it waits for; null: it waits for none. */
  toolCalls: CallerToolCall[] | null
  /** The run whose tool call this one is. */
  parentRunId: string | null
  /** The key it was made with; null: by none. */
  keyId: string | null
  /** The schedule that made it. */
  scheduleId: string | null
  /** The conversation it belongs to where its client keeps those itself; null: none. */
  chat: string | null
  /** What it may take by itself; null: what its agent says. */
  budget: Limits | null
  /** What its model is told instead of what its agent says; null: nothing. */
  settings: RunSettings | null
  /** Null unless it waits. */
  waitingSince: number | null
  /** Milliseconds that it has waited for others, which count for no time limit. */
  waitedMs: number
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
}

export const isFinal = (status: RunStatus): status is FinalStatus =>
  status === 'completed' || status === 'failed' || status === 'cancelled'

/** Job kind and queue of runs. */
export const runJob = { kind: 'run', queue: 'runs' } as const

/** Runs of a thread go one after the other. */
export const threadOrderKey = (threadId: string): string => `thread ${threadId}`

/** The run a job of kind `run` is for; empty where the payload is not one of ours. */
export function payloadRunId(payload: Json): string {
  const runId = payload !== null && typeof payload === 'object' && !Array.isArray(payload) ? payload.run_id : null
  return typeof runId === 'string' ? runId : ''
}

export const runUsage = ({ inputTokens, outputTokens, costUsd }: Run): Usage => ({
  input_tokens: inputTokens,
  output_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
  cost_usd: costUsd,
})

/** The settings of its agent, and over them its own. */
export function runSettings(agent: ModelSettings, own: RunSettings | null): ModelSettings {
  if (own === null) return agent
  return {
    temperature: own.temperature ?? agent.temperature,
    topP: own.top_p ?? agent.topP,
    maxOutputTokens: own.max_output_tokens ?? agent.maxOutputTokens,
    stop: own.stop ?? agent.stop,
    toolChoice: own.tool_choice ?? agent.toolChoice,
  }
}
