/** One server-sent event, as it came. */
export interface Frame {
  id: number
  event: string
  data: unknown
}

/** A reader of server-sent events. Frames and comments come in the order of the wire. */
export class EventStream {
  readonly response: Response
  /** Every block so far, as it came. */
  readonly blocks: string[] = []
  readonly frames: Frame[] = []
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #decoder = new TextDecoder()
  #rest = ''

  constructor(response: Response) {
    if (response.status !== 200 || !response.body) throw new Error(`no stream but status ${response.status}`)
    this.response = response
    this.#chunks = response.body[Symbol.asyncIterator]()
  }

  /** Reads on until a frame of this type has come, from the beginning on. Throws when the stream ends before. */
  async until(event: string): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(frame => frame.event === event)
      if (found) return found
      if (!(await this.#read())) throw new Error(`The stream ended after ${this.types().join(', ')}`)
    }
  }

  /** Reads on until so many comments have come. */
  async comments(count: number): Promise<string[]> {
    for (;;) {
      const found = this.blocks.filter(block => block.startsWith(':'))
      if (found.length >= count) return found
      if (!(await this.#read())) throw new Error(`The stream ended after ${found.length} comments`)
    }
  }

  /** Reads to the end. */
  async all(): Promise<Frame[]> {
    while (await this.#read());
    return this.frames
  }

  /** Goes away in the middle. */
  async leave(): Promise<void> {
    await this.#chunks.return?.()
  }

  types(): string[] {
    return this.frames.map(frame => frame.event)
  }

  ids(): number[] {
    return this.frames.map(frame => frame.id)
  }

  /** The text deltas so far, put together. */
  text(): string {
    return this.frames
      .filter(frame => frame.event === 'text.delta')
      .map(frame => (frame.data as { text: string }).text) // what a text.delta holds
      .join('')
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#chunks.next()
    if (done) return false
    const blocks = (this.#rest + this.#decoder.decode(value, { stream: true })).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) this.#take(block)
    return true
  }

  #take(block: string): void {
    this.blocks.push(block)
    const frame = /^id: (\d+)\nevent: (\S+)\ndata: (.*)$/.exec(block)
    if (frame) this.frames.push({ id: Number(frame[1]), event: frame[2] ?? '', data: JSON.parse(frame[3] ?? '') })
  }
}
