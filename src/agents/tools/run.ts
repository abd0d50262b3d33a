import type { Json } from '../../json.ts'
import type { ToolContext, TraceHeaders } from '../define.ts'
import { describeIssues } from './describe-issues.ts'
import { UnparsedInput } from './input.ts'
import { OutcomeUnknown } from './outcome-unknown.ts'
import { defaultOutputLimitBytes, toolOutput } from './output.ts'
import { thrownMessage } from './thrown.ts'
import type { LoadedTool } from './tool.ts'

interface ToolCall {
  toolCallId: string
  /** As `parseToolInput` gives it. */
  input: unknown
}

/** `message` is for the model: it holds no stack. */
export type ToolOutcome =
  | { ok: true; output: Json }
  /** `unknown`: it may have happened. */
  | { ok: false; kind: 'invalid_input' | 'timeout' | 'failed' | 'unknown'; message: string }

export type RunToolContext = Omit<ToolContext, 'toolCallId' | 'idempotencyKey' | 'traceHeaders'> & {
  /** Number of the step this call is: providers may give the same id to calls of different steps. */
  step: number
  /** Bytes of JSON text; default 256 KiB. */
  outputLimitBytes?: number
  /** Of the call's span, where it is traced. */
  traceHeaders?: TraceHeaders | undefined
}

/**
 * Runs one call of a tool. Every fault of the tool or its input is an outcome for the model to read.
 * When the time is up or the caller aborts, this returns at once; a tool that ignores its signal goes on unheard.
 * @throws the reason of `context.signal`, and nothing else
 */
export async function runTool(tool: LoadedTool, call: ToolCall, context: RunToolContext): Promise<ToolOutcome> {
  context.signal.throwIfAborted()
  const stop = new AbortController()
  const stopped = Promise.withResolvers<never>()
  const stopBecause = (reason: unknown): void => {
    stopped.reject(reason)
    stop.abort(reason)
  }
  const timeUp = new DOMException(`Tool "${tool.name}" did not finish within ${tool.timeoutSeconds} s.`, 'TimeoutError')
  const timer = setTimeout(stopBecause, tool.timeoutSeconds * 1000, timeUp)
  const onAbort = (): void => stopBecause(context.signal.reason)
  context.signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([attempt(tool, call, context, stop.signal), stopped.promise])
  } catch (error) {
    // Whatever the tool throws once it has been told to stop is only an echo of that.
    if (context.signal.aborted) throw context.signal.reason
    if (stop.signal.aborted) return { ok: false, kind: 'timeout', message: timeUp.message }
    const kind = error instanceof OutcomeUnknown ? 'unknown' : 'failed'
    return { ok: false, kind, message: thrownMessage(error) }
  } finally {
    clearTimeout(timer)
    context.signal.removeEventListener('abort', onAbort)
  }
}

/** The same for every try of the same call. */
export const toolIdempotencyKey = (runId: string, step: number, toolCallId: string): string =>
  new Bun.CryptoHasher('sha256').update(JSON.stringify([runId, step, toolCallId])).digest('hex')

async function attempt(
  tool: LoadedTool,
  { toolCallId, input }: ToolCall,
  { step, outputLimitBytes = defaultOutputLimitBytes, traceHeaders = {}, ...context }: RunToolContext,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  if (input instanceof UnparsedInput) return invalidInput(tool, `it is not valid JSON (${input.reason})`)
  const checked = await tool.schema.validate(input)
  if (!checked.ok) return invalidInput(tool, describeIssues(checked.issues))
  // A slow check may outlast the time limit; a tool must not start after its call has been given up.
  signal.throwIfAborted()
  const idempotencyKey = toolIdempotencyKey(context.runId, step, toolCallId)
  const returned = await tool.run(checked.value, { ...context, toolCallId, idempotencyKey, signal, traceHeaders })
  return { ok: true, output: toolOutput(returned, outputLimitBytes) }
}

const invalidInput = (tool: LoadedTool, reason: string): ToolOutcome => ({
  ok: false,
  kind: 'invalid_input',
  message: `The input of tool "${tool.name}" was refused: ${reason}`,
})
