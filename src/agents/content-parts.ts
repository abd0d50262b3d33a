import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { AssistantContent } from './step.ts'

type Message = LanguageModelV4Prompt[number]
type Part = Exclude<Message['content'], string>[number]

/** A prompt without its instructions, as OpenTelemetry's conventions write down messages. */
export const conversationParts = (prompt: LanguageModelV4Prompt) =>
  prompt.flatMap(message =>
    message.role === 'system' ? [] : [{ role: message.role, parts: [...message.content].map(toPart) }],
  )

export const outputParts = (content: AssistantContent) => content.map(toPart)

/** Files are told of, and not recorded. */
function toPart(part: Part) {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return { type: part.type, content: part.text }
    case 'tool-call':
      return { type: 'tool_call', id: part.toolCallId, name: part.toolName, arguments: part.input }
    case 'tool-result':
      return { type: 'tool_call_response', id: part.toolCallId, response: part.output }
    default:
      return { type: part.type }
  }
}
