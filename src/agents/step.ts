import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { Json } from '../json.ts'

export interface Usage {
  input_tokens: number
  output_tokens: number
  total_tokens: number
  /** US dollars; null where it is not known. */
  cost_usd: number | null
}

/** What the assistant said in one model call, in the form in which it goes back into the next prompt. */
export type AssistantContent = Extract<LanguageModelV4Prompt[number], { role: 'assistant' }>['content']

export interface RequestedToolCall {
  toolCallId: string
  name: string
  /** JSON text as the model wrote it. */
  input: string
}

/** The stored result of a model step. */
export interface ModelStep {
  step: number
  kind: 'model'
  content: AssistantContent
  finish_reason: string
  usage: Usage
}

/** The stored result of a tool step. */
export interface ToolStep {
  step: number
  kind: 'tool'
  tool_call_id: string
  name: string
  /** The tool's answer, or what went wrong, for the model to read. */
  output: Json
  is_error: boolean
  /** Of a call that another agent's run has done: that run, and the model calls of it and of those below it. */
  child?: { run_id: string; model_calls: number }
}

export type FinishedStep = ModelStep | ToolStep

type EffectState = { state: 'begun' } | { state: 'done'; result: Json }

/** What a step tells the run's event log. Names and fields are those of the API. */
export type StepEvent =
  | { type: 'step.started'; data: { step: number; kind: 'model'; model: string } }
  /** `effect` only where it is `once`: from then on the call may have happened. */
  | { type: 'step.started'; data: { step: number; kind: 'tool'; tool_call_id: string; name: string; effect?: 'once' } }
  | { type: 'tool.call'; data: { step: number; tool_call_id: string; name: string; input: Json } }
  /** What was said on the thread until `position` no longer fits, and is given to the model like this. */
  | { type: 'history.summarized'; data: { model: string; position: number; text: string; usage: Usage } }
  /** It said nothing, and the next of the agent's models is asked. */
  | { type: 'model.failed'; data: { step: number; model: string; message: string; next: string } }
  | { type: 'tool.progress'; data: { step: number; tool_call_id: string; progress: Json } }
  /** A part of a call that happens at most once. */
  | { type: 'tool.effect'; data: { step: number; tool_call_id: string; key: string } & EffectState }
  | { type: 'tool.result'; data: Omit<ToolStep, 'kind'> }
  | { type: 'step.completed'; data: ModelStep | Omit<ToolStep, 'output'> }

/** Where the step loop writes. What is appended is stored in this order, later: `durable` waits for that. */
export interface StepLog {
  append(event: StepEvent): void
  text(step: number, delta: string): void
  reasoning(step: number, delta: string): void
  /** Resolves when all that was appended is on disk; rejects when this attempt has lost its run. */
  durable(): Promise<void>
}

/** It asked for no tool: what it said is the answer. */
export const isAnswer = (step: ModelStep): boolean =>
  !step.content.some(part => part.type === 'tool-call' && !part.providerExecuted)

export const answerText = (step: ModelStep): string =>
  step.content.map(part => (part.type === 'text' ? part.text : '')).join('')
