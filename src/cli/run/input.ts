import { UsageError } from '../command.ts'

/**
 * The input as it was given, or all of standard input for `-`.
 * @throws UsageError when it is empty, too long or no UTF-8
 */
export async function readInput(given: string, limitBytes: number): Promise<string> {
  const text = given === '-' ? decode(await readStdin(limitBytes)) : given
  if (text.trim() === '') throw new UsageError('The input is empty.')
  return text
}

async function readStdin(limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of Bun.stdin.stream()) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > limitBytes) {
      throw new UsageError(`The input is longer than ${limitBytes} bytes. BODY_LIMIT_BYTES sets the limit.`)
    }
  }
  return Buffer.concat(chunks)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError('The input is not UTF-8 text.')
  }
}
