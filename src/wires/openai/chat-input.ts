import type { Message } from '../../agents/message.ts'
import type { CallerTool } from '../../agents/tools/caller-tools.ts'
import type { PlainJsonSchema } from '../../agents/tools/schema.ts'
import type { ToolResult } from '../../approvals/return-results.ts'
import { invalidField } from '../../errors.ts'
import type { RunSettings } from '../../runs/run.ts'
import type { ChatRequest } from './chat-body.ts'
import { contentOf, filePart, imagePart } from './content-parts.ts'

/** A request is a new run, or the results that one waits for. */
export type ChatInput = { kind: 'new'; input: Message[] } | { kind: 'results'; results: ToolResult[] }

/** @throws AppError invalid_request */
export function chatInput({ messages }: ChatRequest): ChatInput {
  const last = messages.findLastIndex(({ role }) => role !== 'tool')
  const results = messages
    .slice(last + 1)
    .flatMap((message): ToolResult[] =>
      message.role === 'tool'
        ? [{ toolCallId: message.tool_call_id, output: textOf(message.content), isError: false }]
        : [],
    )
  if (results.length > 0) return { kind: 'results', results }
  const input = messages.flatMap((message, index): Message[] => {
    // What came of a tool is in what the assistant said afterwards.
    if (message.role === 'tool') return []
    if (message.role === 'user') return [{ role: 'user', content: userContent(message.content, index) }]
    const content = textOf(message.content ?? '')
    if (message.role === 'assistant') return content === '' ? [] : [{ role: 'assistant', content }]
    return [{ role: 'system', content }]
  })
  if (input.length === 0) throw invalidField('/messages', 'There must be at least one message with a text.')
  return { kind: 'new', input }
}

type UserContent = Extract<ChatRequest['messages'][number], { role: 'user' }>['content']

function userContent(content: UserContent, index: number): Message['content'] {
  if (typeof content === 'string') return content
  return contentOf(
    content.map((part, at) => {
      const path = `/messages/${index}/content/${at}`
      if (part.type === 'image_url') return imagePart(part.image_url.url, `${path}/image_url/url`)
      return part.type === 'file' ? filePart(part.file, `${path}/file`) : { type: 'text', text: part.text }
    }),
  )
}

type Content = string | { type: 'text'; text: string }[]

const textOf = (content: Content): string =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('')

export const chatTools = ({ tools }: ChatRequest): CallerTool[] | undefined =>
  tools && tools.length > 0
    ? tools.map(({ function: { name, description, parameters } }) => ({
        name,
        description: description ?? name,
        input_schema: { type: 'object', ...parameters },
      }))
    : undefined

export function chatSchema({ response_format: format }: ChatRequest): PlainJsonSchema | undefined {
  if (format?.type === 'json_object') return { type: 'object' }
  // Safe: it came as JSON.
  return format?.type === 'json_schema' ? (format.json_schema.schema as PlainJsonSchema | undefined) : undefined
}

/** Undefined where the request says nothing of them. */
export function chatSettings(body: ChatRequest): RunSettings | undefined {
  const { temperature, top_p, stop, tool_choice: choice } = body
  const most = body.max_completion_tokens ?? body.max_tokens
  const settings: RunSettings = {
    ...(temperature != null && { temperature }),
    ...(top_p != null && { top_p }),
    ...(most != null && { max_output_tokens: most }),
    ...(stop != null && { stop: typeof stop === 'string' ? [stop] : stop }),
    ...(choice != null && { tool_choice: typeof choice === 'string' ? choice : { tool: choice.function.name } }),
  }
  return Object.keys(settings).length > 0 ? settings : undefined
}
