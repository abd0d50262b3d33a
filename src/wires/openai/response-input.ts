import { inputMessages, type Message, type MessagePart } from '../../agents/message.ts'
import type { ToolResult } from '../../approvals/return-results.ts'
import type { Actor, AppContext } from '../../context.ts'
import { AppError, invalidField, notFound } from '../../errors.ts'
import type { RunInput } from '../../runs/create-run.ts'
import { getRun } from '../../runs/get-run.ts'
import type { RunSettings } from '../../runs/run.ts'
import { contentOf, filePart, imagePart } from './content-parts.ts'
import { conversationId, threadOf } from './conversation-id.ts'
import type { ResponseRequest } from './response-body.ts'
import { responsePlace } from './response-id.ts'
import { notesKey, notesOf, type ResponseNotes } from './response-object.ts'

type Items = Exclude<ResponseRequest['input'], string>

/** Results that a run waits for, where there are some behind the last message. */
export function responseResults({ input }: ResponseRequest): ToolResult[] {
  if (typeof input === 'string') return []
  const last = input.findLastIndex(item => 'role' in item)
  return input
    .slice(last + 1)
    .flatMap(item =>
      item.type === 'function_call_output' ? [{ toolCallId: item.call_id, output: item.output, isError: false }] : [],
    )
}

/** @throws AppError invalid_request, not_found, conflict where the answer before is not there yet */
export async function responseRun(
  app: Pick<AppContext, 'database'>,
  actor: Actor,
  body: ResponseRequest,
): Promise<RunInput> {
  const { conversation, previous_response_id: previous, store } = body
  if (conversation && previous) throw invalidField('/conversation', 'It is either this or previous_response_id.')
  if (store === false && body.background)
    throw invalidField('/store', 'What is made in the background is read afterwards, so it is kept.')
  const asked = typeof body.input === 'string' ? inputMessages(body.input) : messagesOf(body.input, '/input')
  if (asked.length === 0) throw invalidField('/input', 'There must be at least one message with a text.')
  const earlier = previous ? await conversationOf(app, actor, previous) : []
  const notes: ResponseNotes = {
    ...(previous && { previous_response_id: previous }),
    ...(body.background && { background: true }),
    ...(store === false && { store: false as const }),
  }
  return {
    agent: body.model,
    input: [...earlier, ...asked],
    threadId: conversation ? threadOf(typeof conversation === 'string' ? conversation : conversation.id) : undefined,
    tools: body.tools?.length ? body.tools.map(toTool) : undefined,
    outputSchema: schemaOf(body),
    settings: settingsOf(body),
    metadata: { ...body.metadata, [notesKey]: notes },
  }
}

/** What was said so far; the instructions of an answer are its own. */
async function conversationOf(app: Pick<AppContext, 'database'>, actor: Actor, id: string): Promise<Message[]> {
  const run = await getRun(app, actor, responsePlace(id).runId)
  if (run.status !== 'completed') {
    throw new AppError('conflict', `Response ${id} is no completed one: its conversation cannot be gone on with.`)
  }
  if (notesOf(run).store === false) throw notFound('response', id)
  if (run.threadId !== null)
    throw new AppError('conflict', `Response ${id} is of ${conversationId(run.threadId)}: go on with that.`)
  const messages = inputMessages(run.input)
  const content = typeof run.output === 'string' ? run.output : JSON.stringify(run.output)
  return content === '' ? messages : [...messages, { role: 'assistant', content }]
}

export const messagesOf = (items: Items, path: string): Message[] =>
  items.flatMap((item, index): Message[] => {
    if (!('role' in item)) return []
    const { content: given } = item
    const content =
      typeof given === 'string'
        ? given
        : contentOf(given.map((part, at) => toPart(part, `${path}/${index}/content/${at}`)))
    const role = item.role === 'developer' ? 'system' : item.role
    return content === '' ? [] : [{ role, content }]
  })

type Part = Exclude<Extract<Items[number], { role: string }>['content'], string>[number]

function toPart(part: Part, path: string): MessagePart {
  if (part.type === 'input_image') return imagePart(part.image_url, `${path}/image_url`)
  return part.type === 'input_file' ? filePart(part, path) : { type: 'text', text: part.text }
}

const toTool = ({ name, description, parameters }: NonNullable<ResponseRequest['tools']>[number]) => ({
  name,
  description: description ?? name,
  input_schema: { type: 'object', ...parameters },
})

function schemaOf({ text }: ResponseRequest): RunInput['outputSchema'] {
  const format = text?.format
  if (format?.type === 'json_object') return { type: 'object' }
  // Safe: it came as JSON.
  return format?.type === 'json_schema' ? (format.schema as RunInput['outputSchema']) : undefined
}

function settingsOf({
  instructions,
  temperature,
  top_p,
  max_output_tokens,
  tool_choice,
}: ResponseRequest): RunSettings | undefined {
  const settings: RunSettings = {
    ...(instructions && { instructions }),
    ...(temperature != null && { temperature }),
    ...(top_p != null && { top_p }),
    ...(max_output_tokens != null && { max_output_tokens }),
    ...(tool_choice != null && {
      tool_choice: typeof tool_choice === 'string' ? tool_choice : { tool: tool_choice.name },
    }),
  }
  return Object.keys(settings).length > 0 ? settings : undefined
}
