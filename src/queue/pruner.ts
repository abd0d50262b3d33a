import type { Database, Transaction } from '../db/database.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'

/** Deals with one batch of rows that nobody needs any more as they are, and says whether there may be more. */
export type Prune = (tx: Transaction) => Promise<boolean>

export interface PrunerOptions {
  database: Database
  emit: FactListener
  prunes: readonly Prune[]
}

const everyMs = 60_000
const pauseMs = 50

/** Deletes old rows in small batches, so that no other writer waits long. */
export class Pruner implements Service {
  readonly name = 'pruner'
  readonly #loop: Loop
  /** Those that may have more to do. */
  #left: Prune[] = []

  constructor({ database, emit, prunes }: PrunerOptions) {
    this.#loop = new Loop({
      name: this.name,
      onError: error => emit('loop.failed', { loop: this.name, error }),
      body: async () => {
        const left: Prune[] = []
        // Looking for what is old costs something, too: whoever has found nothing is asked again in a minute.
        for (const prune of this.#left.length > 0 ? this.#left : prunes) {
          if (await database.transaction(prune)) left.push(prune)
        }
        this.#left = left
        return left.length > 0 ? pauseMs : everyMs
      },
    })
  }

  start(): void {
    this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }
}
