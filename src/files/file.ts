/** Something that was attached to a message. Times are milliseconds since 1970. */
export interface KeptFile {
  id: string
  name: string
  mediaType: string
  bytes: number
  createdAt: number
  /** Null: it is kept. */
  expiresAt: number | null
}

/** What models can be given. */
export const fileTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf', 'text/*'] as const

const isFileType = (mediaType: string): boolean =>
  fileTypes.some(known => known === mediaType) || /^text\/[a-z0-9.+-]{1,60}$/.test(mediaType)

const ascii = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))

const beginnings: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  'image/png': bytes => ascii(bytes, 1, 4) === 'PNG' && bytes[0] === 0x89,
  'image/jpeg': bytes => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
  'image/gif': bytes => ascii(bytes, 0, 4) === 'GIF8',
  'image/webp': bytes => ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP',
  'application/pdf': bytes => ascii(bytes, 0, 5) === '%PDF-',
}

/** What is wrong with bytes that are said to be of this type; null: nothing that can be seen. */
export function fileFault(mediaType: string, bytes: Uint8Array): string | null {
  if (!isFileType(mediaType)) return `${mediaType} is none of ${fileTypes.join(', ')}.`
  if (bytes.length === 0) return 'It is empty.'
  const begins = beginnings[mediaType]
  if (begins) return begins(bytes) ? null : `It does not begin as ${mediaType} does.`
  return isText(bytes) ? null : 'It is no text in UTF-8.'
}

function isText(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(bytes).includes('\0')
  } catch {
    return false
  }
}
