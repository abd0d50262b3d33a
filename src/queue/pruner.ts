import type { Database, Transaction } from '../db/database.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'

export interface PrunerOptions {
  database: Database
  emit: FactListener
  /** Each deletes one batch of rows that nobody needs any more and says whether there may be more. */
  prunes: ((tx: Transaction) => Promise<boolean>)[]
}

const everyMs = 60_000
const pauseMs = 50

/** Deletes old rows in small batches, so that no other writer waits long. */
export class Pruner implements Service {
  readonly name = 'pruner'
  readonly #loop: Loop

  constructor({ database, emit, prunes }: PrunerOptions) {
    this.#loop = new Loop({
      name: this.name,
      onError: error => emit('loop.failed', { loop: this.name, error }),
      body: async () => {
        let more = false
        for (const prune of prunes) more = (await database.transaction(prune)) || more
        return more ? pauseMs : everyMs
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
