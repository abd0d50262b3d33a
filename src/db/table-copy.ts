import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'
import type { HintTopic, Notifier } from './notifier.ts'

/** How long a change that another process made may go unnoticed where its hint was lost. */
const pollMs = 5_000

interface TableCopyOptions<T> {
  name: string
  /** What tells other processes of a change. */
  topic: HintTopic
  notifier: Notifier
  emit: FactListener
  read(): Promise<T>
  /** Until it is started. */
  initial: T
}

/** A small table at hand, read again whenever it has changed: whoever asks it often must not have to ask the database. */
export class TableCopy<T> implements Service {
  readonly name: string
  readonly #options: TableCopyOptions<T>
  readonly #loop: Loop
  #current: T
  #unsubscribe: () => void = () => {}
  /** Readings that began; the last of them counts. */
  #readings = 0

  constructor(options: TableCopyOptions<T>) {
    this.name = options.name
    this.#options = options
    this.#current = options.initial
    let isFirst = true
    this.#loop = new Loop({
      name: this.name,
      onError: error => options.emit('loop.failed', { loop: this.name, error }),
      body: async () => {
        // The start has just read it.
        if (!isFirst) await this.read()
        isFirst = false
        return pollMs
      },
    })
  }

  get current(): T {
    return this.#current
  }

  /** Has read all of it when it returns. */
  async start(): Promise<void> {
    await this.read()
    this.#unsubscribe = this.#options.notifier.subscribe(this.#options.topic, () => this.#loop.wake())
    this.#loop.start()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    await this.#loop.stop()
  }

  /** After this process has changed it: it knows at once, and tells the others. */
  async changed(): Promise<void> {
    this.#options.notifier.publish(this.#options.topic, 'changed')
    await this.read()
  }

  async read(): Promise<void> {
    const reading = ++this.#readings
    const read = await this.#options.read()
    if (reading === this.#readings) this.#current = read
  }
}
