import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { Json } from '../json.ts'
import type { Message } from './message.ts'
import { messageText } from './message.ts'
import type { FinishedStep, ToolStep } from './step.ts'

type PromptMessage = LanguageModelV4Prompt[number]

/** The prompt of the next model call: instructions, conversation, and what this run's finished steps have added. */
export function buildPrompt(
  instructions: string | undefined,
  conversation: Message[],
  finished: FinishedStep[],
): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = []
  if (instructions) prompt.push({ role: 'system', content: instructions })
  for (const message of conversation) prompt.push(toPromptMessage(message))
  prompt.push(...stepMessages(finished))
  return prompt
}

function toPromptMessage(message: Message): PromptMessage {
  const text = messageText(message)
  if (message.role === 'system') return { role: 'system', content: text }
  return { role: message.role, content: [{ type: 'text', text }] }
}

function stepMessages(finished: FinishedStep[]): PromptMessage[] {
  const messages: PromptMessage[] = []
  for (const step of finished) {
    if (step.kind === 'model') {
      // A model that said nothing has nothing to be quoted, and providers refuse empty messages.
      if (step.content.length > 0) messages.push({ role: 'assistant', content: step.content })
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
