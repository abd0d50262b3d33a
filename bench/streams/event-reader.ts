import { parseToken } from './token.ts'

export interface Heard {
  /** Unix time in milliseconds at which the token was read from the socket. */
  at: number
  due: number
  late: number
}

/**
 * Reads the events of one run from its socket: HTTP's chunks, then frames. Throws for a number out of order, a gap, or a
 * text that is not all tokens in order.
 */
export class EventReader {
  runId = ''
  /** The terminal event has come. */
  ended = false
  tokens = 0
  events = 0
  /** Of all frames so far, to compare two readings of one log. */
  digest = 0
  /** All deltas together are the output that the terminal event holds. */
  complete = false
  readonly #onToken: (token: Heard) => void
  #raw = ''
  #headRead = false
  #chunked = false
  #frames = ''
  #text = ''

  constructor(onToken: (token: Heard) => void) {
    this.#onToken = onToken
  }

  read(bytes: Buffer, at: number): void {
    // One letter a byte: sizes of chunks are in bytes, and all of this bench's text is ASCII.
    this.#raw += bytes.toString('latin1')
    if (!this.#headRead && !this.#readHead()) return
    this.#readBody()
    let start = 0
    for (;;) {
      const end = this.#frames.indexOf('\n\n', start)
      if (end === -1) break
      this.#frame(this.#frames.slice(start, end), at)
      start = end + 2
    }
    this.#frames = this.#frames.slice(start)
  }

  #readHead(): boolean {
    const end = this.#raw.indexOf('\r\n\r\n')
    if (end === -1) return false
    const head = this.#raw.slice(0, end)
    if (!head.startsWith('HTTP/1.1 200')) throw new Error(`The stream was refused:\n${this.#raw}`)
    this.runId = /content-location: \/v1\/runs\/(\S+)/i.exec(head)?.[1] ?? ''
    // A log that is read to its end at once may come with its length.
    this.#chunked = /transfer-encoding: chunked/i.test(head)
    this.#raw = this.#raw.slice(end + 4)
    this.#headRead = true
    return true
  }

  #readBody(): void {
    if (!this.#chunked) {
      this.#frames += this.#raw
      this.#raw = ''
      return
    }
    let start = 0
    for (;;) {
      const line = this.#raw.indexOf('\r\n', start)
      if (line === -1) break
      const size = Number.parseInt(this.#raw.slice(start, line), 16)
      if (this.#raw.length < line + 2 + size + 2) break
      this.#frames += this.#raw.slice(line + 2, line + 2 + size)
      start = line + 2 + size + 2
    }
    this.#raw = this.#raw.slice(start)
  }

  #frame(frame: string, at: number): void {
    if (!frame.startsWith('id: ')) return // a heartbeat
    const idEnd = frame.indexOf('\n')
    const typeEnd = frame.indexOf('\n', idEnd + 1)
    const seq = Number(frame.slice(4, idEnd))
    const type = frame.slice(idEnd + 8, typeEnd)
    if (seq !== this.events + 1) throw new Error(`${this.runId}: event ${seq} came after ${this.events}.`)
    this.events = seq
    this.digest = Bun.hash.xxHash32(frame, this.digest)
    if (type !== 'text.delta' && type !== 'run.completed') return
    const data = JSON.parse(frame.slice(typeEnd + 7))
    if (type === 'text.delta') this.#delta(data.text, at)
    else {
      this.ended = true
      this.complete = data.output === this.#text
    }
  }

  #delta(text: string, at: number): void {
    this.#text += text
    for (const word of text.trimEnd().split(' ')) {
      const { number, due, late } = parseToken(word)
      if (number !== this.tokens) throw new Error(`${this.runId}: token ${number} came in place of ${this.tokens}.`)
      this.tokens++
      this.#onToken({ at, due, late })
    }
  }
}
