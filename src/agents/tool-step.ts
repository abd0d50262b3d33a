import type { Json } from '../json.ts'
import type { RequestedToolCall, ToolStep } from './step.ts'
import type { StepLoopInput, Steps } from './step-loop.ts'
import { type GatedCall, gate, inDoubt } from './tool-gate.ts'
import { OnceParts } from './tool-once.ts'
import { type RunToolContext, runTool, type ToolOutcome } from './tools/run.ts'
import type { LoadedTool } from './tools/tool.ts'
import { abortCall, endToolCall, toolSpans } from './trace-step.ts'
import type { ToolWait } from './wait.ts'

/** JSON text of one `progress`, in characters; and how many of them one try of a call may say. */
const longestProgress = 8_000
const mostProgress = 1_000

/** Runs one call, or finds that it has to wait for somebody. */
export async function toolStep(input: Steps, call: RequestedToolCall, step: number): Promise<ToolStep | ToolWait> {
  const { toolCallId, name } = call
  const tool = input.agent.tools.get(name) ?? input.callerTools.get(name)
  if (!tool) {
    const failed = { ok: false as const, kind: 'unknown_tool' as const, message: `There is no tool "${name}".` }
    begin(input, { toolCallId, name, step }, undefined)
    const spans = input.span && toolSpans(input.span, step, call, undefined)
    if (spans) {
      input.open.push(spans.step)
      endToolCall(spans.call, failed)
    }
    return tell(input, { toolCallId, name, step }, failed, 0)
  }
  const gated: GatedCall = { toolCallId, input: call.input, step }
  const decided = await gate(tool, gated, input.history.get(step))
  if (decided.kind === 'wait') {
    const refusal = decided.wait.kind === 'child_run' ? await input.refuseCall() : null
    if (refusal === null) return decided.wait
    begin(input, { toolCallId, name, step }, undefined)
    return write(input, { toolCallId, name, step }, refusal, true)
  }
  begin(input, { toolCallId, name, step }, decided.kind === 'run' ? tool : undefined)
  const spans = input.span && toolSpans(input.span, step, call, tool)
  if (spans) input.open.push(spans.step)
  if (decided.kind === 'result') {
    const { output, isError } = decided
    // Somebody else has done it, or has said that nobody is to.
    spans?.call.end()
    return write(input, { toolCallId, name, step }, output, isError)
  }
  // Once it is on disk that the call has begun, nobody takes it for one that has not.
  if (tool.effect === 'once') await input.log.durable()
  const begun = performance.now()
  const parts = new OnceParts(input, gated)
  const context = contextOf(input, { toolCallId, step, answer: decided.answer, parts })
  const called = { ...context, traceHeaders: spans?.call.headers }
  const outcome = await runTool(tool, { toolCallId, input: decided.input }, called).catch(reason => {
    if (spans) abortCall(spans.call)
    throw reason
  })
  if (spans) endToolCall(spans.call, outcome)
  // Whatever the tool made of it: nobody knows whether it has happened.
  const isCutOff = !outcome.ok && (outcome.kind === 'timeout' || outcome.kind === 'unknown')
  if (parts.isInDoubt || (isCutOff && (tool.effect === 'once' || parts.isOpen)))
    return inDoubt(tool, gated, input.history.get(step))
  return tell(input, { toolCallId, name, step }, outcome, (performance.now() - begun) / 1000)
}

interface Called {
  toolCallId: string
  name: string
  step: number
}

function begin({ log }: StepLoopInput, { toolCallId, name, step }: Called, tool: LoadedTool | undefined): void {
  const data = { step, kind: 'tool' as const, tool_call_id: toolCallId, name }
  log.append({ type: 'step.started', data: tool?.effect === 'once' ? { ...data, effect: 'once' } : data })
}

function contextOf(
  { run, signal, log, note }: StepLoopInput,
  { toolCallId, step, answer, parts }: { toolCallId: string; step: number; answer: Json; parts: OnceParts },
): RunToolContext {
  let said = 0
  return {
    ...run,
    step,
    signal,
    answer,
    log: message => note(message),
    progress: value => {
      const text = JSON.stringify(value) ?? 'null'
      if (text.length > longestProgress || ++said > mostProgress) return
      log.append({ type: 'tool.progress', data: { step, tool_call_id: toolCallId, progress: JSON.parse(text) } })
    },
    once: parts.once,
  }
}

type CalledOutcome = ToolOutcome | { ok: false; kind: 'unknown_tool'; message: string }

function tell(input: StepLoopInput, called: Called, outcome: CalledOutcome, seconds: number): ToolStep {
  input.emit('tool.called', {
    agent: input.agent.name,
    tool: !outcome.ok && outcome.kind === 'unknown_tool' ? 'unknown' : called.name,
    outcome: outcome.ok ? 'completed' : outcome.kind,
    seconds,
  })
  return write(input, called, outcome.ok ? outcome.output : outcome.message, !outcome.ok)
}

function write({ log }: StepLoopInput, { toolCallId, name, step }: Called, output: Json, isError: boolean): ToolStep {
  const told = { step, tool_call_id: toolCallId, name }
  log.append({ type: 'tool.result', data: { ...told, output, is_error: isError } })
  log.append({ type: 'step.completed', data: { ...told, kind: 'tool', is_error: isError } })
  return { ...told, kind: 'tool', output, is_error: isError }
}
