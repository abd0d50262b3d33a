import type { Message, MessagePart, TextPart } from '../agents/message.ts'
import type { Actor, AppContext } from '../context.ts'
import { invalidField } from '../errors.ts'
import { fileFault } from './file.ts'
import { keepInline } from './keep-file.ts'
import { knownFiles, readContents } from './read-files.ts'

type Needs = Pick<AppContext, 'clock' | 'database'>
type Tenant = Pick<Actor, 'tenantId'>

const hasFiles = ({ content }: Message): boolean =>
  typeof content !== 'string' && content.some(({ type }) => type === 'file')

/**
 * Messages as they are kept: what was sent along with them is put among the files.
 * @throws AppError invalid_request where a file is not there, or is not what it is said to be
 */
export async function keepAttachments<T extends string | Message[]>(app: Needs, actor: Tenant, input: T): Promise<T> {
  if (typeof input === 'string' || !input.some(hasFiles)) return input
  const kept = await Promise.all(
    input.map(async (message, index) => {
      if (typeof message.content === 'string') return message
      const parts = message.content.map((part, at) => keepPart(app, actor, part, `/input/${index}/content/${at}`))
      return { ...message, content: await Promise.all(parts) }
    }),
  )
  await requireFiles(app, actor, kept)
  return kept as T // no text, as was seen above
}

async function keepPart(app: Needs, actor: Tenant, part: MessagePart, path: string): Promise<MessagePart> {
  if (part.type !== 'file' || !('data' in part)) return part
  const content = Buffer.from(part.data, 'base64')
  const fault = fileFault(part.media_type, content)
  if (fault !== null) throw invalidField(path, fault)
  const { id } = await keepInline(app, actor, { name: part.name ?? 'file', mediaType: part.media_type, content })
  return { type: 'file', file_id: id }
}

async function requireFiles(app: Needs, actor: Tenant, messages: Message[]): Promise<void> {
  const ids = fileIds(messages)
  if (ids.length === 0) return
  const known = await knownFiles(app, actor, ids)
  const missing = ids.find(id => !known.has(id))
  if (missing !== undefined) throw invalidField('/input', `There is no file ${missing}.`)
}

const fileIds = (messages: Message[]): string[] => [
  ...new Set(
    messages.flatMap(({ content }) =>
      typeof content === 'string'
        ? []
        : content.flatMap(part => (part.type === 'file' && 'file_id' in part ? part.file_id : [])),
    ),
  ),
]

/** Messages as a model is given them: texts as texts, all else as files. Of one that is gone it is told. */
export async function loadAttachments(app: Needs, actor: Tenant, messages: Message[]): Promise<Message[]> {
  const ids = fileIds(messages)
  if (ids.length === 0) return messages
  const contents = await readContents(app, actor, ids)
  const load = (part: MessagePart): MessagePart => {
    if (part.type !== 'file' || !('file_id' in part)) return part
    const file = contents.get(part.file_id)
    if (!file) return text(`[File ${part.file_id} is gone.]`)
    const { name, mediaType, content } = file
    if (mediaType.startsWith('text/'))
      return text(`[File ${name}]\n${new TextDecoder().decode(content)}\n[End of ${name}]`)
    return { type: 'file', name, media_type: mediaType, data: Buffer.from(content).toString('base64') }
  }
  return messages.map(message =>
    typeof message.content === 'string' ? message : { ...message, content: message.content.map(load) },
  )
}

const text = (words: string): TextPart => ({ type: 'text', text: words })
