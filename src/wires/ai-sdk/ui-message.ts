import { type Static, t } from 'elysia'
import type { Message, MessagePart } from '../../agents/message.ts'
import { invalidField } from '../../errors.ts'
import { fileOfDataUrl } from '../../files/data-url.ts'
import type { Json } from '../../json.ts'

/** A message as `useChat` has it. Parts that say nothing to a model are taken and left out. */
export const UiMessage = t.Object(
  {
    id: t.Optional(t.String({ maxLength: 200 })),
    role: t.Union([t.Literal('system'), t.Literal('user'), t.Literal('assistant')]),
    parts: t.Array(t.Object({ type: t.String() }, { additionalProperties: true }), { maxItems: 10_000 }),
  },
  { additionalProperties: true, title: 'UiMessage' },
)
export type UiMessage = Static<typeof UiMessage>

type UiPart = UiMessage['parts'][number] & { readonly [field: string]: unknown }

/** @throws AppError invalid_request where nothing is said */
export function toMessages(messages: readonly UiMessage[]): Message[] {
  const said = messages.flatMap((message, index): Message[] => {
    const parts = message.parts.flatMap((part, at) => toPart(part, message.role, `/messages/${index}/parts/${at}`))
    if (parts.length === 0) return []
    const isText = parts.every(part => part.type === 'text')
    const content = isText ? parts.map(part => ('text' in part ? part.text : '')).join('') : parts
    return content === '' ? [] : [{ role: message.role, content }]
  })
  if (said.length === 0) throw invalidField('/messages', 'There must be at least one message that says something.')
  return said
}

/** What came of tools is in what the assistant said afterwards. */
function toPart(part: UiPart, role: UiMessage['role'], path: string): MessagePart[] {
  if (part.type === 'text')
    return typeof part.text === 'string' && part.text !== '' ? [{ type: 'text', text: part.text }] : []
  if (part.type !== 'file' || role !== 'user') return []
  const { url, mediaType, filename } = part
  if (typeof url !== 'string') throw invalidField(`${path}/url`, 'A file has a URL.')
  const inline = fileOfDataUrl(url)
  if (inline) return [{ type: 'file', ...inline, ...(typeof filename === 'string' && { name: filename }) }]
  if (!url.startsWith('https://') || typeof mediaType !== 'string')
    throw invalidField(`${path}/url`, 'It must be a data: URL in base64, or begin with https://.')
  return [{ type: 'file', url, media_type: mediaType }]
}

/** What a client has answered in the last message of its assistant. */
export interface ClientAnswers {
  approvals: Map<string, { approved: boolean; reason: string | undefined }>
  /** By the ids of calls that the client has run. */
  results: Map<string, { output: Json; isError: boolean }>
}

export function clientAnswers({ parts }: UiMessage): ClientAnswers {
  const answers: ClientAnswers = { approvals: new Map(), results: new Map() }
  for (const part of parts as readonly UiPart[]) {
    if (part.type !== 'dynamic-tool' && !part.type.startsWith('tool-')) continue
    const { state, toolCallId, approval } = part
    if (typeof toolCallId !== 'string') continue
    if (state === 'approval-responded' && isApproval(approval))
      answers.approvals.set(approval.id, { approved: approval.approved, reason: approval.reason })
    // What was parsed from a body is JSON.
    if (state === 'output-available')
      answers.results.set(toolCallId, { output: (part.output ?? null) as Json, isError: false })
    if (state === 'output-error')
      answers.results.set(toolCallId, { output: String(part.errorText ?? 'It failed.'), isError: true })
  }
  return answers
}

function isApproval(value: unknown): value is { id: string; approved: boolean; reason?: string } {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('approved' in value)) return false
  const reason = 'reason' in value ? value.reason : undefined
  return (
    typeof value.id === 'string' &&
    typeof value.approved === 'boolean' &&
    (reason === undefined || typeof reason === 'string')
  )
}
