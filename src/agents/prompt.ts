import type { LanguageModelV4FilePart, LanguageModelV4Prompt, LanguageModelV4TextPart } from '@ai-sdk/provider'
import type { Json } from '../json.ts'
import { type Message, type MessagePart, messageText } from './message.ts'
import { type OutputRule, repairRequest } from './output.ts'
import { answerText, type FinishedStep, isAnswer, type ToolStep } from './step.ts'

type PromptMessage = LanguageModelV4Prompt[number]

/**
 * The prompt of the next model call: instructions, conversation, and what this run's finished steps have added, with what
 * was wrong with an answer among them.
 */
export function buildPrompt(
  instructions: string | undefined,
  conversation: Message[],
  finished: FinishedStep[],
  output: OutputRule | null = null,
): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = []
  const system = [instructions, output && wanted(output)].filter(Boolean).join('\n\n')
  if (system) prompt.push({ role: 'system', content: system })
  for (const message of conversation) prompt.push(toPromptMessage(message))
  prompt.push(...stepMessages(finished, output))
  return prompt
}

/** Also where the provider is given the schema: many that take one do not look at it. */
const wanted = ({ jsonSchema }: OutputRule): string =>
  `Answer with nothing but JSON that fits this JSON Schema: ${JSON.stringify(jsonSchema)}`

function toPromptMessage(message: Message): PromptMessage {
  const text = messageText(message)
  if (message.role === 'system') return { role: 'system', content: text }
  if (message.role === 'assistant' || typeof message.content === 'string')
    return { role: message.role, content: [{ type: 'text', text }] }
  return { role: 'user', content: message.content.flatMap(toPromptPart) }
}

function toPromptPart(part: MessagePart): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
  if (part.type === 'text') return [part]
  if ('url' in part) {
    return [{ type: 'file', mediaType: part.media_type, data: { type: 'url', url: new URL(part.url) } }]
  }
  // One that is only named was not loaded: whoever has files loads them first.
  if (!('data' in part)) return []
  const { name, media_type: mediaType, data } = part
  return [{ type: 'file', ...(name !== undefined && { filename: name }), mediaType, data: { type: 'data', data } }]
}

function stepMessages(finished: FinishedStep[], output: OutputRule | null): PromptMessage[] {
  const messages: PromptMessage[] = []
  for (const step of finished) {
    if (step.kind === 'model') {
      // A model that said nothing has nothing to be quoted, and providers refuse empty messages.
      if (step.content.length > 0) messages.push({ role: 'assistant', content: step.content })
      // An answer after which the model is asked again did not fit.
      const judged = output && isAnswer(step) ? output.judge(answerText(step)) : null
      if (judged?.ok === false) {
        messages.push({ role: 'user', content: [{ type: 'text', text: repairRequest(judged.fault) }] })
      }
      continue
    }
    const result = toolResultPart(step)
    const last = messages.at(-1)
    if (last?.role === 'tool') last.content.push(result)
    else messages.push({ role: 'tool', content: [result] })
  }
  return messages
}

function toolResultPart({ tool_call_id, name, output, is_error }: ToolStep) {
  return {
    type: 'tool-result' as const,
    toolCallId: tool_call_id,
    toolName: name,
    output: toolOutput(output, is_error),
  }
}

function toolOutput(output: Json, isError: boolean) {
  if (typeof output === 'string') return { type: isError ? ('error-text' as const) : ('text' as const), value: output }
  return { type: isError ? ('error-json' as const) : ('json' as const), value: output }
}
