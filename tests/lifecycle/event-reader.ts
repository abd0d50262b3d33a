import type { Service } from '../support/service.ts'

/** One server-sent event, as it came. */
export interface Frame {
  id: number
  event: string
  data: string
}

/** A client of a run's event stream. It keeps what it has received, and resumes after it on any process. */
export class EventReader {
  readonly frames: Frame[] = []
  /** Milliseconds after which the server last asked to come back. */
  retryMs: number | undefined
  readonly #runId: string
  #waiting: { fits(frame: Frame): boolean; resolve(frame: Frame): void; reject(error: Error): void }[] = []

  constructor(runId: string) {
    this.#runId = runId
  }

  /**
   * Connects with the id of the last event received. `over` resolves when the server has ended the stream, or when the
   * connection broke.
   */
  async connect(service: Pick<Service, 'request'>): Promise<{ over: Promise<'ended' | 'broken'> }> {
    const last = this.frames.at(-1)
    const headers: Record<string, string> = last ? { 'last-event-id': String(last.id) } : {}
    const response = await service.request('GET', `/v1/runs/${this.#runId}/stream`, undefined, headers)
    if (response.status !== 200 || !response.body) throw new Error(await response.text())
    return { over: this.#read(response.body) }
  }

  /** Resolves with the first event that fits, also one received before; rejects when the connection ends without. */
  until(fits: (frame: Frame) => boolean): Promise<Frame> {
    const known = this.frames.find(fits)
    if (known) return Promise.resolve(known)
    return new Promise((resolve, reject) => this.#waiting.push({ fits, resolve, reject }))
  }

  /** All text of one step so far. */
  text(step: number): string {
    return this.frames
      .filter(frame => frame.event === 'text.delta' && stepOf(frame) === step)
      .map(frame => String(JSON.parse(frame.data).text))
      .join('')
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<'ended' | 'broken'> {
    const decoder = new TextDecoder()
    let text = ''
    try {
      for await (const bytes of body) {
        const blocks = (text + decoder.decode(bytes, { stream: true })).split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) this.#take(block)
      }
      return 'ended'
    } catch {
      return 'broken'
    } finally {
      const seen = this.frames.map(frame => `${frame.id} ${frame.event}`).join(', ')
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`The stream ended after: ${seen}`))
    }
  }

  #take(block: string): void {
    const fields = new Map<string, string>()
    for (const line of block.split('\n')) {
      const colon = line.indexOf(': ')
      if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2))
    }
    if (fields.has('retry')) this.retryMs = Number(fields.get('retry'))
    const id = fields.get('id')
    if (id === undefined) return
    const frame = { id: Number(id), event: fields.get('event') ?? '', data: fields.get('data') ?? '' }
    this.frames.push(frame)
    for (const waiter of this.#waiting) if (waiter.fits(frame)) waiter.resolve(frame)
    this.#waiting = this.#waiting.filter(waiter => !waiter.fits(frame))
  }
}

export const isTerminal = ({ event }: Frame): boolean =>
  ['run.completed', 'run.failed', 'run.cancelled'].includes(event)

/** The number of the step an event is about. */
export const stepOf = ({ data }: Frame): number | undefined => JSON.parse(data).step

/** Reads the whole log of a finished run from its beginning. */
export async function readWhole(service: Service, runId: string): Promise<Frame[]> {
  const reader = new EventReader(runId)
  const { over } = await reader.connect(service)
  if ((await over) !== 'ended') throw new Error('The stream broke.')
  return reader.frames
}
