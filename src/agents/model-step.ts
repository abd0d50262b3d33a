import type { LanguageModelV4FunctionTool, LanguageModelV4Prompt } from '@ai-sdk/provider'
import { ModelFailed } from './model-failed.ts'
import { callModel, type ModelListener } from './models/call.ts'
import { type ModelChoice, modelLabels, modelName } from './models/choice.ts'
import { modelFailure } from './models/failure.ts'
import { costUsd } from './models/prices.ts'
import { buildPrompt } from './prompt.ts'
import type { FinishedStep, ModelStep, RequestedToolCall } from './step.ts'
import type { Steps } from './step-loop.ts'
import { shownToolInput } from './tools/input.ts'
import type { LoadedTool } from './tools/tool.ts'
import { abortCall, endModelCall, failModelCall, modelSpans } from './trace-step.ts'

/** The model asked for more model calls than the agent allows. */
export class StepLimitReached extends Error {
  override readonly name = 'StepLimitReached'
}

/**
 * Asks the agent's model, and where that fails before it has said anything, the next one: what readers have seen of an
 * answer is never followed by another model's.
 * @throws ModelFailed, StepLimitReached, what the meter throws, or the signal's reason
 */
export async function modelStep(input: Steps, finished: FinishedStep[]): Promise<ModelStep> {
  const { agent, log } = input
  const modelSteps = finished.filter(step => step.kind === 'model').length
  if (modelSteps >= agent.maxSteps) {
    throw new StepLimitReached(`The agent reached its limit of ${agent.maxSteps} model calls without an answer.`)
  }
  const step = finished.length + 1
  const prompt = buildPrompt(agent.instructions, input.conversation, finished, input.output)
  const maxOutputTokens = input.meter ? await input.meter.beforeCall(prompt) : agent.settings.maxOutputTokens
  const choices = input.circuits.order(input.models)
  const isForced = finished.every(({ kind }) => kind === 'model')
  for (const [index, choice] of choices.entries()) {
    const model = modelName(choice.model)
    if (index === 0) log.append({ type: 'step.started', data: { step, kind: 'model', model } })
    const told = await ask(input, choice, { step, prompt, maxOutputTokens, isForced })
    if (told.kind === 'completed') {
      log.append({ type: 'step.completed', data: told.step })
      return told.step
    }
    const next = choices[index + 1]
    if (!next || told.hasSpoken) throw told.failed
    const { message } = told.failed
    log.append({ type: 'model.failed', data: { step, model, message, next: modelName(next.model) } })
  }
  throw new Error('An agent has a model.')
}

interface Asked {
  step: number
  prompt: LanguageModelV4Prompt
  maxOutputTokens: number | undefined
  /** Whether the agent's choice of tools holds: no tool of the run has ended. */
  isForced: boolean
}

type Told = { kind: 'completed'; step: ModelStep } | { kind: 'failed'; failed: ModelFailed; hasSpoken: boolean }

/** @throws the signal's reason */
async function ask(
  input: Steps,
  choice: ModelChoice,
  { step, prompt, maxOutputTokens, isForced }: Asked,
): Promise<Told> {
  const { agent, circuits, emit, signal } = input
  const { toolChoice, ...settings } = agent.settings
  const begun = performance.now()
  const labels = modelLabels(choice.model)
  const told = { agent: agent.name, ...labels }
  const seconds = () => (performance.now() - begun) / 1000
  const spans = input.span && modelSpans(input.span, step, { ...told, prompt }, { ...settings, maxOutputTokens })
  if (spans) input.open.push(spans.step)
  const listener = listening(input, step)
  try {
    const result = await callModel(
      {
        model: await choice.open(),
        prompt,
        tools: [...toolOffers(agent.tools), ...toolOffers(input.callerTools)],
        ...settings,
        maxOutputTokens,
        toolChoice: isForced || toolChoice === 'none' ? toolChoice : undefined,
        outputSchema: input.output?.jsonSchema,
        signal,
        idleTimeoutMs: input.idleTimeoutMs,
        headers: spans?.call.headers,
        cacheKey: agent.promptCache ? (input.run.threadId ?? agent.name) : undefined,
      },
      listener,
    )
    circuits.answered(labels.provider)
    const { input_tokens: inputTokens, output_tokens: outputTokens } = result.usage
    const cost = costUsd(choice.price, result.reported)
    const took = { seconds: seconds(), inputTokens, outputTokens, costUsd: cost }
    if (spans) endModelCall(spans.call, result, cost)
    emit('model.called', { ...told, outcome: 'completed', ...took, traceId: input.span?.traceId })
    const { content, finishReason } = result
    const usage = { ...result.usage, cost_usd: cost }
    return { kind: 'completed', step: { step, kind: 'model', content, finish_reason: finishReason, usage } }
  } catch (error) {
    const failure = modelFailure(error)
    const outcome = signal.aborted ? 'aborted' : failure.retryable ? 'retryable' : 'failed'
    const took = { seconds: seconds(), inputTokens: 0, outputTokens: 0, costUsd: null }
    if (spans) {
      if (signal.aborted) abortCall(spans.call)
      else failModelCall(spans.call, failure)
    }
    emit('model.called', { ...told, outcome, ...took, traceId: input.span?.traceId })
    if (signal.aborted) throw signal.reason
    if (failure.retryable) circuits.failed(labels.provider)
    else circuits.answered(labels.provider)
    return { kind: 'failed', failed: new ModelFailed(failure, error), hasSpoken: listener.hasSpoken() }
  }
}

/** Writes down what the model says. */
function listening({ log }: Steps, step: number): ModelListener & { hasSpoken(): boolean } {
  let spoken = false
  return {
    hasSpoken: () => spoken,
    text: delta => {
      spoken = true
      log.text(step, delta)
    },
    reasoning: delta => {
      spoken = true
      log.reasoning(step, delta)
    },
    toolCall: call => {
      spoken = true
      log.append({ type: 'tool.call', data: { step, ...callData(call) } })
    },
  }
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
