import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { Span } from '../telemetry/tracing/tracer.ts'
import { conversationParts, outputParts } from './content-parts.ts'
import type { ModelCall, ModelResult } from './models/call.ts'
import type { ModelFailure } from './models/failure.ts'
import type { RequestedToolCall } from './step.ts'
import type { ToolOutcome } from './tools/run.ts'

/** The spans of one step: its own, which lasts until what it found out is on disk, and that of the call it makes. */
export interface StepSpans {
  step: Span
  call: Span
}

interface Asked {
  agent: string
  provider: string
  model: string
  prompt: LanguageModelV4Prompt
}

const stepSpan = (parent: Span, step: number, kind: 'model' | 'tool'): Span =>
  parent.child('step', { kind: 'internal', attributes: { 'bunkhouse.step': step, 'bunkhouse.step.kind': kind } })

export function modelSpans(
  parent: Span,
  number: number,
  { agent, provider, model, prompt }: Asked,
  call: Pick<ModelCall, 'temperature' | 'maxOutputTokens'>,
): StepSpans {
  const step = stepSpan(parent, number, 'model')
  const span = step.child(`chat ${model}`, {
    kind: 'client',
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': model,
      'gen_ai.request.stream': true,
      'gen_ai.request.temperature': call.temperature,
      'gen_ai.request.max_tokens': call.maxOutputTokens,
      'gen_ai.output.type': 'text',
      'gen_ai.agent.name': agent,
    },
  })
  span.content('gen_ai.system_instructions', () =>
    prompt.flatMap(message => (message.role === 'system' ? [{ type: 'text', content: message.content }] : [])),
  )
  span.content('gen_ai.input.messages', () => conversationParts(prompt))
  return { step, call: span }
}

export function endModelCall(call: Span, result: ModelResult, costUsd: number | null): void {
  const { inputTokens } = result.reported
  call.set({
    'gen_ai.response.finish_reasons': [result.finishReason],
    'gen_ai.usage.input_tokens': result.usage.input_tokens,
    'gen_ai.usage.output_tokens': result.usage.output_tokens,
    'gen_ai.usage.cache_read.input_tokens': inputTokens.cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': inputTokens.cacheWrite,
    'bunkhouse.cost_usd': costUsd ?? undefined,
  })
  call.content('gen_ai.output.messages', () => [
    { role: 'assistant', parts: outputParts(result.content), finish_reason: result.finishReason },
  ])
  call.end()
}

export function failModelCall(call: Span, { status, message }: ModelFailure): void {
  call.fail(status === null ? 'provider_error' : String(status), message)
  call.end()
}

/** The attempt was told to stop: nothing is wrong with the model or the tool. */
export function abortCall(call: Span): void {
  call.fail('aborted')
  call.end()
}

export function toolSpans(
  parent: Span,
  number: number,
  { toolCallId, name, input }: RequestedToolCall,
  tool: { description: string } | undefined,
): StepSpans {
  const step = stepSpan(parent, number, 'tool')
  // What the model has made up is no name to group by.
  const call = step.child(`execute_tool ${tool ? name : 'unknown'}`, {
    kind: 'internal',
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': name,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': toolCallId,
      'gen_ai.tool.description': tool?.description,
    },
  })
  call.content('gen_ai.tool.call.arguments', () => input)
  return { step, call }
}

type AnyToolOutcome = ToolOutcome | { ok: false; kind: 'unknown_tool'; message: string }

/** What a failure says is for the model, and may tell of what the tool was given: it counts as content. */
export function endToolCall(call: Span, outcome: AnyToolOutcome): void {
  call.content('gen_ai.tool.call.result', () => (outcome.ok ? outcome.output : outcome.message))
  if (!outcome.ok) call.fail(outcome.kind)
  call.end()
}
