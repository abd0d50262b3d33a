import type { Message, MessagePart } from '../../agents/message.ts'
import { invalidField } from '../../errors.ts'
import { fileOfDataUrl } from '../../files/data-url.ts'

/** What a message says, put together where it is texts alone. */
export function contentOf(parts: MessagePart[]): Message['content'] {
  const texts = parts.flatMap(part => (part.type === 'text' ? part.text : []))
  return texts.length === parts.length ? texts.join('') : parts
}

/** An image by its URL: what is in a `data:` URL is kept, what is elsewhere the model's provider fetches. */
export function imagePart(url: string, path: string): MessagePart {
  const inline = fileOfDataUrl(url)
  if (inline) return { type: 'file', ...inline }
  if (!url.startsWith('https://')) throw invalidField(path, 'It must be a data: URL in base64, or begin with https://.')
  return { type: 'file', url, media_type: 'image/*' }
}

interface GivenFile {
  file_id?: string | undefined
  file_data?: string | undefined
  filename?: string | undefined
}

/** A file of `/v1/files`, or one that is sent along. */
export function filePart({ file_id, file_data, filename }: GivenFile, path: string): MessagePart {
  if (file_id !== undefined) return { type: 'file', file_id }
  const inline = file_data === undefined ? null : fileOfDataUrl(file_data)
  if (!inline) throw invalidField(path, 'Send file_id, or file_data as a data: URL in base64.')
  return { type: 'file', ...inline, ...(filename !== undefined && { name: filename }) }
}
