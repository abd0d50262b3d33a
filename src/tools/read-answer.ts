import { readStart } from '../egress/read-start.ts'
import type { Json } from '../json.ts'

/** Bytes of an answer that are read; a longer one is cut there. */
const answerLimitBytes = 1_048_576

export interface Answer {
  status: number
  type: string
  text: string
  /** It was longer than what was read. */
  isCut: boolean
}

/** Reads an answer up to a limit, and no more of it. */
export async function readAnswer(response: Response, limitBytes = answerLimitBytes): Promise<Answer> {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const { text, isCut, fault } = await readStart(response, limitBytes)
  if (fault !== undefined) throw fault
  return { status: response.status, type, text, isCut }
}

/** JSON where it says that it is, else the text. */
export function answerValue({ type, text }: Answer): Json {
  if (type !== 'application/json' && !type.endsWith('+json')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The part that a JSON pointer names; undefined where there is none. */
export function pointed(value: Json, pointer: string): Json | undefined {
  let part: Json | undefined = value
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof part !== 'object' || part === null) return undefined
    part = Array.isArray(part) ? part[Number(key)] : Object.hasOwn(part, key) ? part[key] : undefined
  }
  return part
}
