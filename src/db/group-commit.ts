import type { Database as Sqlite } from 'bun:sqlite'
import type { Deferred } from '../runtime/deferred.ts'
import { deferred } from '../runtime/deferred.ts'
import type { Transaction } from './database.ts'

interface Entry {
  work(tx: Transaction): Promise<unknown>
  result: Deferred<unknown>
  outcome: { value: unknown } | { error: unknown } | undefined
}

/**
 * SQLite has one writer, and a commit costs a sync to disk: so works that wait together share one commit, each in a
 * savepoint of its own, so that one failing work takes nothing else with it. Nobody is answered before the commit.
 */
export class GroupCommit {
  readonly #sqlite: Sqlite
  readonly #tx: Transaction
  #waiting: Entry[] = []
  #draining: Promise<void> | undefined

  constructor(sqlite: Sqlite, tx: Transaction) {
    this.#sqlite = sqlite
    this.#tx = tx
  }

  get waiting(): number {
    return this.#waiting.length
  }

  get busy(): boolean {
    return this.#draining !== undefined
  }

  run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const result = deferred<unknown>()
    this.#waiting.push({ work, result, outcome: undefined })
    this.#draining ??= this.#drain()
    return result.promise as Promise<T> // what `work` resolved to
  }

  async drained(): Promise<void> {
    while (this.#draining) await this.#draining
  }

  async #drain(): Promise<void> {
    // Let the rest of this turn queue up, so that it shares the commit.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, 512))
    this.#draining = undefined
  }

  async #commit(entries: Entry[]): Promise<void> {
    try {
      this.#sqlite.run('BEGIN IMMEDIATE')
      for (const entry of entries) await this.#apply(entry)
      this.#sqlite.run('COMMIT')
    } catch (error) {
      this.#rollBack()
      for (const entry of entries) entry.outcome = { error }
    }
    for (const { outcome, result } of entries) {
      if (outcome && 'value' in outcome) result.resolve(outcome.value)
      else result.reject(outcome?.error)
    }
  }

  #rollBack(): void {
    try {
      if (this.#sqlite.inTransaction) this.#sqlite.run('ROLLBACK')
    } catch {
      // A closed database has nothing to take back, and whoever waits is told the first error.
    }
  }

  async #apply(entry: Entry): Promise<void> {
    this.#sqlite.run('SAVEPOINT work')
    try {
      entry.outcome = { value: await entry.work(this.#tx) }
    } catch (error) {
      entry.outcome = { error }
      // A full disk or an I/O error ends the whole transaction by itself.
      if (!this.#sqlite.inTransaction) throw error
      this.#sqlite.run('ROLLBACK TO work')
    }
    this.#sqlite.run('RELEASE work')
  }
}
