import type { Run } from '../../runs/run.ts'
import { conversationId } from './conversation-id.ts'
import { type ResponsePlace, responseId } from './response-id.ts'

export interface MessageItem {
  id: string
  type: 'message'
  role: 'assistant'
  status: 'in_progress' | 'completed'
  content: { type: 'output_text'; text: string; annotations: never[]; logprobs: never[] }[]
}

export interface FunctionCallItem {
  id: string
  type: 'function_call'
  status: 'in_progress' | 'completed'
  call_id: string
  name: string
  arguments: string
}

/** What the model has thought before it answered. */
export interface ReasoningItem {
  id: string
  type: 'reasoning'
  status: 'in_progress' | 'completed'
  summary: { type: 'summary_text'; text: string }[]
}

export type OutputItem = MessageItem | FunctionCallItem | ReasoningItem
export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'incomplete'

export interface ResponseState {
  status: ResponseStatus
  output: OutputItem[]
  error: { code: string; message: string } | null
  inputTokens: number
  outputTokens: number
}

/** What a run keeps of the request that made it, in its metadata. */
export type ResponseNotes = { previous_response_id?: string; background?: boolean; store?: false }
export const notesKey = 'openai'

// Safe: this wire alone writes it; whoever else has such a key gets what it means here.
export const notesOf = ({ metadata }: Pick<Run, 'metadata'>): ResponseNotes =>
  typeof metadata[notesKey] === 'object' ? ((metadata[notesKey] ?? {}) as ResponseNotes) : {}

/** A response with every field that its clients look for. */
export function responseObject(run: Run, place: ResponsePlace, state: ResponseState) {
  const { [notesKey]: _, ...metadata } = run.metadata
  const notes = notesOf(run)
  const { settings, callerTools, outputSchema } = run
  const { inputTokens, outputTokens } = state
  const isOver = state.status !== 'queued' && state.status !== 'in_progress'
  return {
    id: responseId(place),
    object: 'response' as const,
    created_at: Math.floor(run.createdAt / 1_000),
    status: state.status,
    background: notes.background ?? false,
    error: state.error,
    incomplete_details: state.status === 'incomplete' ? { reason: 'max_output_tokens' as const } : null,
    conversation: run.threadId === null ? null : { id: conversationId(run.threadId) },
    instructions: settings?.instructions ?? null,
    max_output_tokens: settings?.max_output_tokens ?? null,
    max_tool_calls: null,
    metadata,
    model: run.agent,
    output: state.output,
    parallel_tool_calls: true,
    previous_response_id: notes.previous_response_id ?? null,
    prompt_cache_key: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    service_tier: 'default' as const,
    store: notes.store ?? true,
    temperature: settings?.temperature ?? null,
    text: {
      format: outputSchema
        ? { type: 'json_schema' as const, name: 'answer', schema: outputSchema, strict: true }
        : { type: 'text' as const },
    },
    tool_choice: toolChoice(settings?.tool_choice),
    tools: (callerTools ?? []).map(({ name, description, input_schema }) => ({
      type: 'function' as const,
      name,
      description,
      parameters: input_schema,
      strict: false,
    })),
    top_logprobs: 0,
    top_p: settings?.top_p ?? null,
    truncation: 'disabled' as const,
    usage: isOver
      ? {
          input_tokens: inputTokens,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: outputTokens,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: inputTokens + outputTokens,
        }
      : null,
    user: null,
  }
}

type Choice = NonNullable<NonNullable<Run['settings']>['tool_choice']>

const toolChoice = (choice: Choice = 'auto') =>
  typeof choice === 'string' ? choice : { type: 'function' as const, name: choice.tool }
