import { newId } from '../runtime/id.ts'
import type { CommittedHint, HintListener, HintTopic, Notifier } from './notifier.ts'
import { HintListeners, hintTopics } from './notifier.ts'

export interface HintTransport {
  readonly name: 'postgres' | 'redis'
  /** By which Postgres itself delivers. */
  readonly channel?: string
  /** Delivers a text of at most `maxBytes` to every process, this one included. */
  send(text: string): Promise<void>
  listen(receive: (text: string) => void): Promise<void>
  close(): Promise<void>
}

interface Hints {
  from: string
  hints: [HintTopic, string][]
}

const topics: readonly unknown[] = hintTopics

// Postgres refuses a notification of 8,000 bytes.
const maxBytes = 7_500

/**
 * Hints over a transport that all processes share. What is published while a message is on its way goes with the next
 * one: a message a flush, not a message a hint.
 */
export class SharedNotifier implements Notifier {
  readonly name = 'notifier'
  readonly #self = newId('wrk')
  readonly #transport: HintTransport
  readonly #onFailure: (error: unknown) => void
  readonly #listeners = new HintListeners()
  #waiting = new Map<string, [HintTopic, string]>()
  #sending: Promise<void> | undefined

  constructor(transport: HintTransport, onFailure: (error: unknown) => void) {
    this.#transport = transport
    this.#onFailure = onFailure
  }

  async start(): Promise<void> {
    try {
      await this.#transport.listen(text => this.#receive(text))
    } catch (error) {
      // Polling goes on without hints.
      this.#onFailure(error)
    }
  }

  async stop(): Promise<void> {
    await this.#sending
    await this.#transport.close()
  }

  publish(topic: HintTopic, id: string): void {
    this.#waiting.set(`${topic} ${id}`, [topic, id])
    this.#sending ??= this.#send()
  }

  committed(topic: HintTopic, id: string): CommittedHint | null {
    const { channel } = this.#transport
    return channel === undefined ? null : { channel, text: this.#message([[topic, id]]) }
  }

  subscribe(topic: HintTopic, listener: HintListener): () => void {
    return this.#listeners.subscribe(topic, listener)
  }

  async #send(): Promise<void> {
    // What is said in one go goes together; a whole turn of the event loop would keep a lone job waiting.
    await null
    while (this.#waiting.size > 0) {
      try {
        await this.#transport.send(this.#take())
      } catch (error) {
        this.#onFailure(error)
      }
    }
    this.#sending = undefined
  }

  #take(): string {
    const hints: Hints['hints'] = []
    let bytes = 64
    for (const [key, hint] of this.#waiting) {
      bytes += key.length + 8
      if (bytes > maxBytes) break
      hints.push(hint)
      this.#waiting.delete(key)
    }
    return this.#message(hints)
  }

  #message(hints: Hints['hints']): string {
    return JSON.stringify({ from: this.#self, hints } satisfies Hints)
  }

  #receive(text: string): void {
    const message = readHints(text)
    if (!message || message.from === this.#self) return
    for (const [topic, id] of message.hints) this.#listeners.tell(topic, id)
  }
}

/** Whoever else uses the channel, another version or another program, costs nothing. */
function readHints(text: string): Hints | undefined {
  try {
    const message: Partial<Hints> | null = JSON.parse(text)
    const { from, hints } = message ?? {}
    return typeof from === 'string' && Array.isArray(hints) ? { from, hints: hints.filter(isHint) } : undefined
  } catch {
    return undefined
  }
}

const isHint = (hint: unknown): hint is Hints['hints'][number] =>
  Array.isArray(hint) && topics.includes(hint[0]) && typeof hint[1] === 'string'
