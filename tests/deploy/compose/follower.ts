import { ask, type Client, equal, onOpenConnection, startRun } from '../client.ts'

const lastEvents = ['run.completed', 'run.failed', 'run.cancelled']

/** A client that follows slow runs by their streams, one after another, and resumes each where it broke off. */
export class Follower {
  /** Runs that were followed from their first event to their last. */
  followed = 0
  /** Streams that ended before their run did. */
  resumed = 0
  readonly #client: Client
  readonly #over = new AbortController()
  readonly #following: Promise<void>

  constructor(client: Client) {
    this.#client = client
    this.#following = this.#follow()
  }

  /** Rejects when a stream was refused, or an event was lost, doubled or out of order. */
  async stop(): Promise<void> {
    this.#over.abort()
    await this.#following
  }

  async #follow(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const runId = await startRun(this.#client, 'slow')
      const events: { id: number; type: string }[] = []
      for (;;) {
        await this.#read(runId, events)
        if (lastEvents.includes(events.at(-1)?.type ?? '')) break
        this.resumed += 1
        await Bun.sleep(500)
      }
      equal(events.at(-1)?.type, 'run.completed')
      this.followed += 1
    }
  }

  /** One connection, until it ends, however it does. */
  async #read(runId: string, events: { id: number; type: string }[]): Promise<void> {
    const from = { 'last-event-id': String(events.length) }
    const answer = await onOpenConnection(() => ask(this.#client, 'GET', `/v1/runs/${runId}/stream`, undefined, from))
    if (answer.status !== 200 || !answer.body) throw new Error(`stream: ${answer.status} ${await answer.text()}`)
    let text = ''
    try {
      for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
        const frames = (text + part).split('\n\n')
        text = frames.pop() ?? ''
        for (const frame of frames) {
          const [, id, type = ''] = /^id: (\d+)\nevent: (\S+)/.exec(frame) ?? []
          if (id === undefined) continue
          equal(Number(id), events.length + 1)
          events.push({ id: Number(id), type })
        }
      }
    } catch (error) {
      if (error instanceof Error && error.message.includes(' instead of ')) throw error
    }
  }
}
