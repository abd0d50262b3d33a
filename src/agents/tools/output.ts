import type { Json } from '../../json.ts'
import { thrownMessage } from './thrown.ts'

/** Bytes of JSON text, 256 KiB: what one tool result may add to a conversation and to the event log. */
export const defaultOutputLimitBytes = 256 * 1024

/**
 * What a tool returned as plain JSON, exactly as it will be stored; nothing at all becomes null.
 * @throws Error with a message for the model
 */
export function toolOutput(returned: unknown, limitBytes: number): Json {
  if (returned === undefined) return null
  refuseOpaque(returned)
  const text = stringify(returned)
  const bytes = Buffer.byteLength(text)
  if (bytes > limitBytes) {
    throw new Error(`The tool returned ${bytes} bytes of JSON; the limit is ${limitBytes} bytes.`)
  }
  return typeof returned === 'string' ? returned : JSON.parse(text)
}

function stringify(returned: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(returned)
  } catch (error) {
    const reason = thrownMessage(error)
    throw new Error(`The tool returned something that JSON cannot hold: ${reason}`)
  }
  if (text === undefined) throw new Error(`The tool returned a ${typeof returned}, which JSON cannot hold.`)
  return text
}

/** JSON would quietly make `{}` of these. */
function refuseOpaque(returned: unknown): void {
  if (typeof returned !== 'object' || returned === null) return
  if (returned instanceof Response) {
    throw new Error('The tool returned a Response; it must return its text or its JSON.')
  }
  if (returned instanceof Map || returned instanceof Set || Symbol.asyncIterator in returned) {
    throw new Error(`The tool returned a ${returned.constructor.name}, which JSON cannot hold.`)
  }
}
