import type { Database } from '../db/database.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'
import type { KeyRing } from './key-ring.ts'
import { noteUse } from './sql/note-use.ts'

export interface KeyUsageOptions {
  database: Pick<Database, 'single'>
  ring: Pick<KeyRing, 'takeUsed'>
  emit: FactListener
}

const everyMs = 60_000

/** Writes down when keys were last used: once a minute for all of them, and when the process stops. */
export class KeyUsage implements Service {
  readonly name = 'key usage'
  readonly #options: KeyUsageOptions
  readonly #loop: Loop
  /** What could not be written yet. */
  #kept = new Map<string, number>()

  constructor(options: KeyUsageOptions) {
    this.#options = options
    this.#loop = new Loop({
      name: this.name,
      errorBackoff: { minMs: everyMs, maxMs: everyMs },
      onError: error => this.#complain(error),
      body: async () => {
        await this.#write()
        return everyMs
      },
    })
  }

  start(): void {
    this.#loop.start()
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
    await this.#write().catch(error => this.#complain(error))
  }

  async #write(): Promise<void> {
    const used = new Map([...this.#kept, ...this.#options.ring.takeUsed()])
    if (used.size === 0) return
    this.#kept = used
    await this.#options.database.single(tx => noteUse(tx, used))
    this.#kept = new Map()
  }

  #complain(error: unknown): void {
    this.#options.emit('loop.failed', { loop: this.name, error })
  }
}
