import type { Json } from '../json.ts'
import type { RequestedToolCall } from './step.ts'
import { parseToolInput, shownToolInput, UnparsedInput } from './tools/input.ts'
import type { LoadedTool } from './tools/tool.ts'
import { type CallHistory, CallRefused, type ToolWait } from './wait.ts'

/** What is to be done about a tool call that has no result yet. */
export type Gate =
  | { kind: 'run'; input: unknown; answer: Json }
  | { kind: 'result'; output: Json; isError: boolean }
  | { kind: 'wait'; wait: ToolWait }

export interface GatedCall extends Pick<RequestedToolCall, 'toolCallId' | 'input'> {
  step: number
}

/**
 * Decides whether a call may run, by what its tool asks for and what earlier attempts and people have left behind.
 * @throws CallRefused where somebody has decided that it ends the run
 */
export async function gate(tool: LoadedTool, call: GatedCall, history: CallHistory | undefined): Promise<Gate> {
  const decision = history?.decided?.decision
  switch (decision?.action) {
    case 'fail':
      throw new CallRefused(decision.reason)
    case 'deny':
      return { kind: 'result', output: `A person has refused this call: ${decision.reason}`, isError: true }
    case 'done':
      return { kind: 'result', output: decision.output, isError: false }
    case 'approve':
    case 'run_again':
    case undefined:
  }
  if (history && isInDoubt(tool, history)) return { kind: 'wait', wait: inDoubt(tool, call, history) }
  const input = history?.approved?.input ?? parseToolInput(call.input)
  const run: Gate = { kind: 'run', input, answer: history?.approved?.answer ?? null }
  if (decision) return run
  const checked = input instanceof UnparsedInput ? null : await tool.schema.validate(input)
  // Running it tells the model what is wrong with its input; nobody else need be asked.
  if (!checked?.ok) return run
  if (tool.doneBy === 'caller') return { kind: 'wait', wait: waitFor(tool, call, 'client_tool', checked.value) }
  if (tool.doneBy === 'agent') return { kind: 'wait', wait: waitFor(tool, call, 'child_run', checked.value) }
  if (tool.doneBy === 'person') return { kind: 'wait', wait: waitFor(tool, call, 'question', checked.value) }
  const needed = tool.approval !== null && (await tool.approval.isNeeded(checked.value))
  return needed ? { kind: 'wait', wait: waitFor(tool, call, 'approval', checked.value) } : run
}

/** It, or a part of it, has begun and left no result, and nobody has said since what became of that. */
function isInDoubt(tool: LoadedTool, { begunSeq, decided, parts }: CallHistory): boolean {
  const since = decided?.seq ?? 0
  if (tool.effect === 'once' && begunSeq > since) return true
  return [...parts.values()].some(part => part.result === undefined && part.seq > since)
}

/** The wait of a call of which nobody knows whether it has happened. */
export function inDoubt(
  { name, approval }: Pick<LoadedTool, 'name' | 'approval'>,
  { step, toolCallId, input }: GatedCall,
  history?: CallHistory,
): ToolWait {
  return {
    kind: 'in_doubt',
    step,
    toolCallId,
    tool: name,
    input: history?.approved?.input ?? shownToolInput(input),
    message: `A call of ${name} began and its result is not known: it may have happened. Look whether it has.`,
    form: null,
    // Nothing is assumed of it, however long nobody looks.
    deadlineSeconds: null,
    onDeadline: 'fail',
    remindEverySeconds: approval?.remindEverySeconds ?? null,
    holdsThread: approval?.holdsThread ?? false,
  }
}

function waitFor(
  { name, approval }: LoadedTool,
  { step, toolCallId, input }: GatedCall,
  kind: Exclude<ToolWait['kind'], 'in_doubt'>,
  checked: unknown,
): ToolWait {
  return {
    kind,
    step,
    toolCallId,
    tool: name,
    input: shownToolInput(input),
    message: approval?.message(checked) ?? '',
    form: approval?.form ?? null,
    deadlineSeconds: approval?.deadlineSeconds ?? null,
    onDeadline: approval?.onDeadline ?? 'fail',
    remindEverySeconds: approval?.remindEverySeconds ?? null,
    holdsThread: approval?.holdsThread ?? false,
  }
}
