import type { LanguageModelV4, LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { Json } from '../json.ts'
import type { FactListener } from '../telemetry/facts.ts'
import type { Span } from '../telemetry/tracing/tracer.ts'
import type { Message } from './message.ts'
import { callModel } from './models/call.ts'
import { type ModelFailure, modelFailure } from './models/failure.ts'
import { costUsd, type ModelPrice } from './models/prices.ts'
import { type Judged, type OutputRule, OutputUnfit } from './output.ts'
import { buildPrompt } from './prompt.ts'
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
import { shownToolInput } from './tools/input.ts'
import type { PlainJsonSchema } from './tools/schema.ts'
import type { LoadedTool } from './tools/tool.ts'
import { abortCall, endModelCall, failModelCall, modelSpans } from './trace-step.ts'
import { type CallHistory, RunSuspended, type ToolWait } from './wait.ts'

/** An agent in the version a run is pinned to, ready to run. */
export interface RunnableAgent {
  name: string
  version: number
  model: string | LanguageModelV4
  instructions: string | undefined
  tools: ReadonlyMap<string, LoadedTool>
  maxSteps: number
  temperature: number | undefined
  maxOutputTokens: number | undefined
  outputSchema: PlainJsonSchema | undefined
}

export interface StepLoopInput {
  agent: RunnableAgent
  model: LanguageModelV4
  /** Null where it is not known. */
  price: ModelPrice | null
  conversation: Message[]
  /** Steps that earlier attempts finished: their results are used, not made again. */
  finished: FinishedStep[]
  /** What they have left of tool calls that have no result, by the numbers of their steps. */
  history: ReadonlyMap<number, CallHistory>
  /** What the answer has to fit; null: any text will do. */
  output: OutputRule | null
  /** Tools that the caller of the run runs. */
  callerTools: ReadonlyMap<string, LoadedTool>
  run: { runId: string; threadId: string | null }
  log: StepLog
  signal: AbortSignal
  idleTimeoutMs: number
  emit: FactListener
  /** Adds a line to the log of the run's job. */
  note(message: string): void
  /** Of the attempt, where it is traced. */
  span?: Span | undefined
}

/** A model call went wrong on the provider's side or on the way to it. */
export class ModelFailed extends Error {
  override readonly name = 'ModelFailed'
  readonly failure: ModelFailure

  constructor(failure: ModelFailure, cause: unknown) {
    super(failure.message, { cause })
    this.failure = failure
  }
}

/** The model asked for more model calls than the agent allows. */
export class StepLimitReached extends Error {
  override readonly name = 'StepLimitReached'
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

async function modelStep(input: Steps, finished: FinishedStep[]): Promise<ModelStep> {
  const { agent, model, log, emit } = input
  const modelSteps = finished.filter(step => step.kind === 'model').length
  if (modelSteps >= agent.maxSteps) {
    throw new StepLimitReached(`The agent reached its limit of ${agent.maxSteps} model calls without an answer.`)
  }
  const step = finished.length + 1
  log.append({ type: 'step.started', data: { step, kind: 'model', model: modelName(agent.model) } })
  const begun = performance.now()
  const told = { agent: agent.name, ...modelLabels(agent.model) }
  const seconds = () => (performance.now() - begun) / 1000
  const prompt = buildPrompt(agent.instructions, input.conversation, finished, input.output)
  const spans = input.span && modelSpans(input.span, step, { ...told, prompt }, agent)
  if (spans) input.open.push(spans.step)
  try {
    const result = await callModel(
      {
        model,
        prompt,
        tools: [...toolOffers(agent.tools), ...toolOffers(input.callerTools)],
        temperature: agent.temperature,
        maxOutputTokens: agent.maxOutputTokens,
        outputSchema: input.output?.jsonSchema,
        signal: input.signal,
        idleTimeoutMs: input.idleTimeoutMs,
        headers: spans?.call.headers,
      },
      {
        text: delta => log.text(step, delta),
        reasoning: delta => log.reasoning(step, delta),
        toolCall: call => log.append({ type: 'tool.call', data: { step, ...callData(call) } }),
      },
    )
    const { input_tokens: inputTokens, output_tokens: outputTokens } = result.usage
    const cost = costUsd(input.price, result.reported)
    const took = { seconds: seconds(), inputTokens, outputTokens, costUsd: cost }
    if (spans) endModelCall(spans.call, result, cost)
    emit('model.called', { ...told, outcome: 'completed', ...took, traceId: input.span?.traceId })
    const { content, finishReason } = result
    const usage = { ...result.usage, cost_usd: cost }
    const completed: ModelStep = { step, kind: 'model', content, finish_reason: finishReason, usage }
    log.append({ type: 'step.completed', data: completed })
    return completed
  } catch (error) {
    const failure = modelFailure(error)
    const outcome = input.signal.aborted ? 'aborted' : failure.retryable ? 'retryable' : 'failed'
    const took = { seconds: seconds(), inputTokens: 0, outputTokens: 0, costUsd: null }
    if (spans) {
      if (input.signal.aborted) abortCall(spans.call)
      else failModelCall(spans.call, failure)
    }
    emit('model.called', { ...told, outcome, ...took, traceId: input.span?.traceId })
    throw input.signal.aborted ? input.signal.reason : new ModelFailed(failure, error)
  }
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

const modelName = (model: string | LanguageModelV4): string =>
  typeof model === 'string' ? model : `${model.provider}/${model.modelId}`

const modelLabels = (model: string | LanguageModelV4) => {
  if (typeof model !== 'string') return { provider: model.provider, model: model.modelId }
  const slash = model.indexOf('/')
  return { provider: model.slice(0, slash), model: model.slice(slash + 1) }
}

const toolOffers = (tools: ReadonlyMap<string, LoadedTool>): LanguageModelV4FunctionTool[] =>
  [...tools.values()].map(({ name, description, schema }) => ({
    type: 'function',
    name,
    description,
    inputSchema: schema.jsonSchema,
  }))

const callData = (call: RequestedToolCall) => ({
  tool_call_id: call.toolCallId,
  name: call.name,
  input: shownToolInput(call.input),
})

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
