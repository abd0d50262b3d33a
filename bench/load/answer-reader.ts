const headEnd = Buffer.from('\r\n\r\n')

/**
 * Reads the answers of one connection. The first answer is parsed; one that follows with the same head size, length
 * field and total size is recognised by these alone, so that the generator costs less than what it measures.
 */
export class AnswerReader {
  #partial: Buffer | undefined
  #headSize = 0
  #totalSize = 0
  #lengthAt = 0
  #lengthField = ''

  /** The status when the answer is whole, 0 while it is not. Throws for an answer that is not of a known length. */
  read(chunk: Buffer): number {
    if (this.#partial === undefined && chunk.length === this.#totalSize && this.#looksFamiliar(chunk)) {
      return status(chunk)
    }
    const bytes = this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk])
    // The chunk's memory may be used again for the next one.
    this.#partial = this.#parse(bytes) ? undefined : Buffer.from(bytes)
    return this.#partial === undefined ? status(bytes) : 0
  }

  #looksFamiliar(chunk: Buffer): boolean {
    const { length } = this.#lengthField
    return (
      chunk.readUInt32BE(this.#headSize - 4) === 0x0d0a0d0a &&
      chunk.toString('latin1', this.#lengthAt, this.#lengthAt + length) === this.#lengthField
    )
  }

  #parse(bytes: Buffer): boolean {
    const end = bytes.indexOf(headEnd)
    if (end === -1) return false
    const head = bytes.toString('latin1', 0, end + 2)
    const field = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)
    if (!field?.[1]) throw new Error(`An answer without a length:\n${head}`)
    this.#headSize = end + headEnd.length
    this.#totalSize = this.#headSize + Number(field[1])
    this.#lengthAt = field.index
    this.#lengthField = field[0]
    if (bytes.length > this.#totalSize) throw new Error('More came than was asked for.')
    return bytes.length === this.#totalSize
  }
}

const status = (answer: Buffer): number => Number(answer.toString('latin1', 9, 12))
