import type { Json } from '../json.ts'
import type { McpResult } from './connection.ts'

/** What a model reads of a result: its JSON where the server gives one, else its text. @throws Error where it is a failure */
export function resultOutput(result: McpResult): Json {
  // Of the protocol's first revision, which no server that this client speaks with has.
  if (!('content' in result) || !Array.isArray(result.content)) return result.toolResult as Json
  const parts = result.content.map(partOf)
  const text = parts.every(part => typeof part === 'string') ? parts.join('\n') : null
  if (result.isError === true) throw new Error(text ?? JSON.stringify(parts))
  // Safe: it came as JSON.
  if (result.structuredContent !== undefined) return result.structuredContent as Json
  return text ?? parts
}

/** Pictures and sounds are told of: what a tool returns is text to a model. */
function partOf(part: { type: string; [key: string]: unknown }): Json {
  switch (part.type) {
    case 'text':
      return String(part.text)
    case 'image':
    case 'audio':
      return { type: part.type, mime_type: String(part.mimeType), note: 'It is left out: only text can be read here.' }
    case 'resource': {
      const { uri, text, mimeType } = part.resource as { uri: string; text?: string; mimeType?: string }
      return text ?? { type: 'resource', uri, mime_type: mimeType ?? null }
    }
    default:
      return { type: part.type, uri: typeof part.uri === 'string' ? part.uri : null }
  }
}
