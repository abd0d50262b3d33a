import type { Deferred } from '../runtime/deferred.ts'
import { deferred } from '../runtime/deferred.ts'
import { PostgresLane } from './postgres-lane.ts'

const closeWithinMs = 2_000

/** Lends connections, at most `size` at a time, first come first served. Broken ones are replaced. */
export class PostgresPool {
  readonly size: number
  readonly #url: string
  readonly #lanes = new Set<PostgresLane>()
  readonly #idle: PostgresLane[] = []
  readonly #waiting: Deferred<PostgresLane>[] = []
  #closing: Deferred<void> | undefined

  constructor(url: string, size: number) {
    this.#url = url
    this.size = size
  }

  get waiting(): number {
    return this.#waiting.length
  }

  get lent(): number {
    return this.#lanes.size - this.#idle.length
  }

  take(): Promise<PostgresLane> {
    if (this.#closing) return Promise.reject(databaseClosed())
    const lane = this.#idle.pop() ?? (this.#lanes.size < this.size ? this.#open() : undefined)
    if (lane) return Promise.resolve(lane)
    const turn = deferred<PostgresLane>()
    this.#waiting.push(turn)
    return turn.promise
  }

  give(lane: PostgresLane): void {
    if (lane.broken) return
    const next = this.#waiting.shift()
    if (next) next.resolve(lane)
    else if (this.#closing) lane.end()
    else this.#idle.push(lane)
  }

  /** Waits for what was asked for before, but not for long. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = deferred()
      AbortSignal.timeout(closeWithinMs).addEventListener('abort', () => {
        for (const turn of this.#waiting.splice(0)) turn.reject(databaseClosed())
        this.#endAll(this.#lanes)
      })
      this.#endAll(this.#idle)
      this.#closeIfEmpty()
    }
    await this.#closing.promise
  }

  #open(): PostgresLane {
    const lane = new PostgresLane(this.#url, broken => this.#replace(broken))
    this.#lanes.add(lane)
    return lane
  }

  #replace(broken: PostgresLane): void {
    this.#lanes.delete(broken)
    const place = this.#idle.indexOf(broken)
    if (place >= 0) this.#idle.splice(place, 1)
    this.#waiting.shift()?.resolve(this.#open())
    this.#closeIfEmpty()
  }

  #endAll(lanes: Iterable<PostgresLane>): void {
    for (const lane of [...lanes]) lane.end()
  }

  #closeIfEmpty(): void {
    if (this.#lanes.size === 0) this.#closing?.resolve()
  }
}

const databaseClosed = () => Object.assign(new Error('The database is closed.'), { code: 'CONNECTION_ENDED' })
