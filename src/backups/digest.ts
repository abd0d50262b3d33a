/** SHA-256 in hex of what a stream brings, and how many bytes it was. Reads a part at a time. */
export async function digest(stream: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }> {
  const hash = new Bun.CryptoHasher('sha256')
  let bytes = 0
  for await (const part of stream) {
    hash.update(part)
    bytes += part.byteLength
  }
  return { sha256: hash.digest('hex'), bytes }
}

export const digestFile = (file: string) => digest(Bun.file(file).stream())

/** As `sha256sum` writes and checks it. */
export const digestLine = (sha256: string, name: string): string => `${sha256}  ${name}\n`

/** What such a line says; null where it is none. */
export const readDigestLine = (line: string): string | null => /^([0-9a-f]{64})\b/.exec(line)?.[1] ?? null
