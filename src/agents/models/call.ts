import type {
  JSONSchema7,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolChoice,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'
import type { Json } from '../../json.ts'
import type { PlainJsonSchema } from '../tools/schema.ts'
import { Answer } from './answer.ts'
import { BrokenAnswer } from './failure.ts'
import { IdleWatch } from './idle-watch.ts'
import { listenToBody } from './provider-fetch.ts'
import type { ModelSettings, ToolChoice } from './settings.ts'

export interface ModelCall extends ModelSettings {
  model: LanguageModelV4
  prompt: LanguageModelV4Prompt
  tools: LanguageModelV4FunctionTool[]
  /** JSON Schema of the answer. */
  outputSchema?: PlainJsonSchema | undefined
  signal: AbortSignal
  /** How long the provider may send nothing at all: before its headers, or in the middle. */
  idleTimeoutMs: number
  /**
   * What prompts that begin alike have in common: the provider is asked to keep them. Undefined: it does as it does by
   * itself.
   */
  cacheKey?: string | undefined
  /** Sent along with the request. */
  headers?: { readonly [name: string]: string | undefined } | undefined
}

/** What an assistant message of the next prompt holds; plain JSON. */
export type AssistantContent = Extract<LanguageModelV4Message, { role: 'assistant' }>['content']

export interface ModelListener {
  text(delta: string): void
  reasoning(delta: string): void
  /** `input` is JSON text as the model wrote it, which need not be JSON. */
  toolCall(call: { toolCallId: string; name: string; input: string }): void
}

export interface ModelToolCall {
  toolCallId: string
  name: string
  /** The parsed arguments; null when they are not JSON. */
  input: Json
  /** The arguments as the model wrote them, when they are not JSON. */
  invalidInput: string | null
}

export interface ModelUsage {
  input_tokens: number
  output_tokens: number
  total_tokens: number
}

export interface ModelResult {
  /**
   * To be put back into the next prompt: with the signatures and item ids the provider wants to see again. The input of
   * a tool call is parsed, or the text itself when that is not JSON.
   */
  content: AssistantContent
  text: string
  toolCalls: ModelToolCall[]
  /** `stop`, `length`, `content-filter`, `tool-calls` or `other`. */
  finishReason: string
  usage: ModelUsage
  /** As the provider told it, down to what came from its cache. */
  reported: LanguageModelV4Usage
}

/**
 * For OpenAI's Responses API, by what the SDK calls it. OpenAI forgets stored items after 30 days, and a thread may be
 * older than that: so nothing is stored there, and reasoning comes back to us sealed.
 */
const statelessProvider = 'openai.responses'

/** Anthropic keeps a prompt up to each mark: one after the instructions, and one after all that was said. */
const cacheMark = { anthropic: { cacheControl: { type: 'ephemeral' } } }

/**
 * One call of a model, streamed: the listener hears each part the moment it arrives. Rejects at once with the signal's
 * reason when that aborts, and then ends the HTTP request; with whatever went wrong otherwise, for `modelFailure` to judge.
 */
export const callModel = async (call: ModelCall, on: ModelListener): Promise<ModelResult> => {
  const { signal, idleTimeoutMs } = call
  signal.throwIfAborted()
  const http = new AbortController()
  const cutShort = Promise.withResolvers<never>()
  let stopReading: (reason: unknown) => Promise<void> = async () => {}
  const end = (reason: unknown): void => {
    cutShort.reject(reason)
    http.abort(reason)
    stopReading(reason).catch(() => {})
  }
  const aborted = (): void => end(signal.reason)
  const idle = new IdleWatch(idleTimeoutMs, () => end(silence(idleTimeoutMs)))

  const readAnswer = async (): Promise<ModelResult> => {
    const { stream } = await call.model.doStream(toOptions(call, http.signal))
    const answer = new Answer(on)
    const reader = stream.getReader()
    stopReading = reason => reader.cancel(reason)
    // A model that does not mind its signal may come with its stream too late.
    if (http.signal.aborted) end(http.signal.reason)
    for (;;) {
      const { done, value } = await reader.read()
      // Once it is cut short the caller has its rejection, and the listener is to hear no more.
      http.signal.throwIfAborted()
      if (done) return answer.result()
      idle.heard()
      answer.add(value)
    }
  }

  signal.addEventListener('abort', aborted)
  listenToBody(http.signal, () => idle.heard())
  try {
    return await Promise.race([readAnswer(), cutShort.promise])
  } catch (error) {
    // The answer of a call that failed is read no further, whoever is still sending.
    end(error)
    throw error
  } finally {
    idle.stop()
    signal.removeEventListener('abort', aborted)
  }
}

const silence = (limitMs: number): BrokenAnswer =>
  new BrokenAnswer(`The provider sent nothing for ${Number((limitMs / 1000).toFixed(3))} s.`)

const toToolChoice = (choice: ToolChoice): LanguageModelV4ToolChoice =>
  typeof choice === 'string' ? { type: choice } : { type: 'tool', toolName: choice.tool }

const toOptions = (call: ModelCall, abortSignal: AbortSignal): LanguageModelV4CallOptions => {
  const { model, prompt, tools, temperature, topP, maxOutputTokens, stop, toolChoice, outputSchema, headers } = call
  const openai = {
    ...(model.provider === statelessProvider && { store: false }),
    ...(call.cacheKey !== undefined && { promptCacheKey: call.cacheKey }),
  }
  return {
    prompt: withObjectInputs(call.cacheKey === undefined ? prompt : withCacheMarks(prompt)),
    abortSignal,
    ...(headers && { headers: { ...headers } }),
    ...(tools.length > 0 && { tools }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stop && stop.length > 0 && { stopSequences: [...stop] }),
    ...(toolChoice !== undefined && tools.length > 0 && { toolChoice: toToolChoice(toolChoice) }),
    // Safe: what has passed the check of schemas is one.
    ...(outputSchema && {
      responseFormat: { type: 'json' as const, name: 'output', schema: outputSchema as JSONSchema7 },
    }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(Object.keys(openai).length > 0 && { providerOptions: { openai } }),
  }
}

const withCacheMarks = (prompt: LanguageModelV4Prompt): LanguageModelV4Prompt =>
  prompt.map((message, index) =>
    message.role === 'system' || index === prompt.length - 1 ? { ...message, providerOptions: cacheMark } : message,
  )

/** Providers refuse a tool call whose input is no object, even one their own model made. */
const withObjectInputs = (prompt: LanguageModelV4Prompt): LanguageModelV4Prompt =>
  prompt.some(message => message.role === 'assistant' && message.content.some(isOddCall))
    ? prompt.map(message =>
        message.role === 'assistant'
          ? { ...message, content: message.content.map(part => (isOddCall(part) ? wrapInput(part) : part)) }
          : message,
      )
    : prompt

const isOddCall = (part: AssistantContent[number]): part is LanguageModelV4ToolCallPart =>
  part.type === 'tool-call' && (typeof part.input !== 'object' || part.input === null || Array.isArray(part.input))

const wrapInput = (part: LanguageModelV4ToolCallPart): LanguageModelV4ToolCallPart => ({
  ...part,
  input: { invalid_input: part.input },
})
