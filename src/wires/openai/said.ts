/**
 * What a step says, where it may be begun again and say the same once more. Pieces are the insides of JSON strings as the
 * log has them: most of them need not be looked into.
 */
export class Said {
  #told: string[] = []
  /** What the present attempt has said, where an earlier one has told more than that; null: all that comes is news. */
  #again: string | null = null

  /** What comes next is told as it is. */
  get isAhead(): boolean {
    return this.#again === null
  }

  get text(): string {
    return plain(this.#told.join(''))
  }

  /** The step begins again, from its first word. */
  restart(): void {
    if (this.#told.length > 0) this.#again = ''
  }

  /** What of a piece is news; null where the step says something else than before. */
  add(piece: string): string | null {
    if (this.#again === null) {
      this.#told.push(piece)
      return piece
    }
    const told = this.text
    this.#again += plain(piece)
    if (told.startsWith(this.#again)) return ''
    if (!this.#again.startsWith(told)) return null
    const news = JSON.stringify(this.#again.slice(told.length)).slice(1, -1)
    this.#again = null
    this.#told.push(news)
    return news
  }
}

const plain = (inside: string): string => JSON.parse(`"${inside}"`) as string // of a JSON string
