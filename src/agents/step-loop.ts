import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { Json } from '../json.ts'
import type { FactListener } from '../telemetry/facts.ts'
import type { Span } from '../telemetry/tracing/tracer.ts'
import type { ToolContext } from './define.ts'
import type { Limits } from './limits.ts'
import type { McpServer } from './mcp-server.ts'
import type { Message } from './message.ts'
import type { Meter } from './meter.ts'
import { modelStep } from './model-step.ts'
import type { ModelChoice } from './models/choice.ts'
import type { ModelCircuits } from './models/circuits.ts'
import type { ModelSettings } from './models/settings.ts'
import { type Judged, type OutputRule, OutputUnfit } from './output.ts'
import type { HistoryRecord } from './record.ts'
import {
  answerText,
  type FinishedStep,
  isAnswer,
  type ModelStep,
  type RequestedToolCall,
  type StepLog,
  type ToolStep,
} from './step.ts'
import { toolStep } from './tool-step.ts'
import type { PlainJsonSchema } from './tools/schema.ts'
import type { LoadedTool } from './tools/tool.ts'
import { type CallHistory, RunSuspended, type ToolWait } from './wait.ts'

/** An agent in the version a run is pinned to, ready to run. */
export interface RunnableAgent {
  name: string
  version: number
  model: string | LanguageModelV4
  /** Asked in their order where the model before does not answer. */
  fallbackModels: readonly string[]
  instructions: string | undefined
  tools: ReadonlyMap<string, LoadedTool>
  /** Their tools are listed when an attempt begins. */
  mcp: readonly McpServer[]
  maxSteps: number
  settings: ModelSettings
  outputSchema: PlainJsonSchema | undefined
  /** Of each of its runs, where the run says nothing else. */
  budget: Limits | undefined
  history: HistoryRecord
  /** Template of the namespace in which its runs remember. */
  memory: string | undefined
  /** Names of those that it may call. */
  agents: readonly string[]
  promptCache: boolean
}

export interface StepLoopInput {
  agent: RunnableAgent
  /** In the order in which they are to be asked. */
  models: readonly ModelChoice[]
  circuits: ModelCircuits
  conversation: Message[]
  /** Steps that earlier attempts finished: their results are used, not made again. */
  finished: FinishedStep[]
  /** What they have left of tool calls that have no result, by the numbers of their steps. */
  history: ReadonlyMap<number, CallHistory>
  /** What the answer has to fit; null: any text will do. */
  output: OutputRule | null
  /** Tools that the caller of the run runs. */
  callerTools: ReadonlyMap<string, LoadedTool>
  run: Pick<ToolContext, 'runId' | 'threadId' | 'tenantId' | 'agent' | 'metadata' | 'memory'>
  /** Why no other agent can be called now, for the model to read; null: one can. */
  refuseCall(): Promise<string | null>
  /** Asked before each model call; null: nothing limits the run. */
  meter: Meter | null
  log: StepLog
  signal: AbortSignal
  idleTimeoutMs: number
  emit: FactListener
  /** Adds a line to the log of the run's job. */
  note(message: string): void
  /** Of the attempt, where it is traced. */
  span?: Span | undefined
}

/**
 * Model call, tool calls, model call … until the model asks for no more tools. A step's result is on disk before
 * anything is built upon it; that of the last step is appended and left for the run's end to store.
 * Returns what the model answered in its last step. One that does not fit is asked for once more.
 * @throws RunSuspended, ModelFailed, StepLimitReached, CallRefused, OutputUnfit, or the signal's reason
 */
export async function runSteps(given: StepLoopInput): Promise<Json> {
  const input: Steps = { ...given, open: [] }
  try {
    return await untilAnswered(input)
  } finally {
    endSteps(input)
  }
}

/** `open`: spans of steps that are not on disk yet. */
export type Steps = StepLoopInput & { open: Span[] }

async function untilAnswered(input: Steps): Promise<Json> {
  const finished = [...input.finished]
  for (;;) {
    let last = finished.findLast(step => step.kind === 'model')
    if (!last || pendingCalls(last, finished).length === 0) {
      if (last && isAnswer(last)) {
        const judged = judge(input, last)
        if (judged.ok) return judged.value
        if (finished.filter(step => step.kind === 'model' && isAnswer(step)).length > 1)
          throw new OutputUnfit(judged.fault)
      }
      last = await modelStep(input, finished)
      finished.push(last)
      if (isAnswer(last)) continue
      await stored(input)
    }
    const { done, waits } = await toolSteps(input, last, finished)
    // What is done is stored together with what the run waits for.
    if (waits.length > 0) throw new RunSuspended(waits)
    finished.push(...done)
    // Some may have been finished by an earlier attempt: the model is told in the order in which it asked.
    finished.sort((one, other) => one.step - other.step)
    await stored(input)
  }
}

async function stored(input: Steps): Promise<void> {
  await input.log.durable()
  endSteps(input)
}

function endSteps({ open }: Steps): void {
  for (const span of open.splice(0)) span.end()
}

/**
 * Runs the calls that have no result yet, side by side. Their step numbers follow the order in which the model asked,
 * so that a call has the same number in every attempt. Those that have to wait for somebody are left.
 */
async function toolSteps(input: Steps, asked: ModelStep, finished: FinishedStep[]) {
  const pending = new Set(pendingCalls(asked, finished).map(call => call.toolCallId))
  const numbered = requestedCalls(asked).map((call, index) => ({ call, step: asked.step + index + 1 }))
  const called = await Promise.all(
    numbered.filter(({ call }) => pending.has(call.toolCallId)).map(({ call, step }) => toolStep(input, call, step)),
  )
  const isWait = (one: ToolStep | ToolWait): one is ToolWait => 'toolCallId' in one
  return { done: called.filter(one => !isWait(one)), waits: called.filter(isWait) }
}

const requestedCalls = (step: ModelStep): RequestedToolCall[] =>
  step.content.flatMap(part =>
    part.type === 'tool-call' && !part.providerExecuted
      ? [{ toolCallId: part.toolCallId, name: part.toolName, input: inputText(part.input) }]
      : [],
  )

/** A stored call holds its input parsed; one whose text was no JSON holds the text. */
const inputText = (input: unknown): string => (typeof input === 'string' ? input : JSON.stringify(input))

const pendingCalls = (step: ModelStep, finished: FinishedStep[]): RequestedToolCall[] => {
  const later = finished.slice(finished.indexOf(step) + 1)
  return requestedCalls(step).filter(
    ({ toolCallId }) => !later.some(done => done.kind === 'tool' && done.tool_call_id === toolCallId),
  )
}

const judge = ({ output }: StepLoopInput, answer: ModelStep): Judged =>
  output ? output.judge(answerText(answer)) : { ok: true, value: answerText(answer) }
