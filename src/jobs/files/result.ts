import { thrownMessage } from '../../agents/tools/thrown.ts'
import type { Json } from '../../json.ts'

/** Bytes of JSON text, 256 KiB: what one job's result may take. */
const limitBytes = 256 * 1024

export type JobResult = { ok: true; result?: Json } | { ok: false; message: string }

/** What a job returned as plain JSON, exactly as it is stored. */
export function jobResult(returned: unknown): JobResult {
  if (returned === undefined) return { ok: true }
  let text: string | undefined
  try {
    text = JSON.stringify(returned)
  } catch (error) {
    return { ok: false, message: `The job returned something that JSON cannot hold: ${thrownMessage(error)}` }
  }
  if (text === undefined)
    return { ok: false, message: `The job returned a ${typeof returned}, which JSON cannot hold.` }
  const bytes = Buffer.byteLength(text)
  if (bytes > limitBytes) {
    return { ok: false, message: `The job returned ${bytes} bytes of JSON; the limit is ${limitBytes} bytes.` }
  }
  return { ok: true, result: JSON.parse(text) }
}
