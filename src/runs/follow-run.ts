import type { AppContext } from '../context.ts'
import type { RunEvent } from './event.ts'
import { isTerminal } from './event.ts'
import { readEvents } from './read-events.ts'
import { isFinal, type Run } from './run.ts'

export interface Follower {
  /** Events in order, without gaps. Returns false when it has all it can hold: call `more` when it has room again. */
  push(events: RunEvent[]): boolean
  /** The log has ended; nothing more will come. */
  end(): void
  fail(error: unknown): void
}

export interface FollowedFrom {
  /** As it was seen just before: the log of a final one is whole. */
  run: Pick<Run, 'id' | 'status'>
  after: number
}

const pageSize = 200
const pollMs = 2_000

/**
 * Follows one run's log from a cursor to its end: first what is stored, then what is being stored. Whoever falls behind
 * is not buffered for: it reads from the log when it has room again.
 */
export class RunFollowing {
  readonly #app: Pick<AppContext, 'database' | 'hub'>
  readonly #runId: string
  readonly #follower: Follower
  readonly #whole: boolean
  #cursor: number
  #reading = false
  #again = false
  #full = false
  #ended = false
  #lastHeard = performance.now()
  #stopWatching: () => void = () => {}

  constructor(app: Pick<AppContext, 'database' | 'hub'>, from: FollowedFrom, follower: Follower) {
    this.#app = app
    this.#runId = from.run.id
    this.#whole = isFinal(from.run.status)
    this.#cursor = from.after
    this.#follower = follower
  }

  start(): void {
    this.#stopWatching = this.#app.hub.watch(this.#runId, {
      stored: events => this.#stored(events),
      hinted: () => void this.#read(),
    })
    void this.#read()
  }

  stop(): void {
    this.#ended = true
    this.#stopWatching()
  }

  /** The follower has room again. */
  more(): void {
    if (!this.#full) return
    this.#full = false
    void this.#read()
  }

  /** Called now and then: a hint from another process may have been lost. */
  poll(): void {
    if (performance.now() - this.#lastHeard >= pollMs) void this.#read()
  }

  #stored(events: RunEvent[]): void {
    const first = events[0]
    // Not the very next ones, or reading already: then the log is the way to them.
    if (first?.seq === this.#cursor + 1 && !this.#reading && !this.#full) this.#push(events)
    else void this.#read()
  }

  #push(events: RunEvent[]): void {
    const last = events.at(-1)
    if (!last || this.#ended) return
    this.#cursor = last.seq
    this.#lastHeard = performance.now()
    this.#full = !this.#follower.push(events)
    if (isTerminal(last.type)) this.#end()
  }

  #end(): void {
    if (this.#ended) return
    this.stop()
    this.#follower.end()
  }

  async #read(): Promise<void> {
    if (this.#full || this.#ended) return
    if (this.#reading) {
      this.#again = true
      return
    }
    this.#reading = true
    try {
      do {
        this.#again = false
        const events = await readEvents(this.#app.database, this.#runId, this.#cursor, pageSize)
        this.#push(events)
        // The follower had the terminal event already.
        if (events.length === 0 && this.#whole) this.#end()
        if (events.length === pageSize) this.#again = true
      } while (this.#again && !this.#full && !this.#ended)
      this.#lastHeard = performance.now()
    } catch (error) {
      this.stop()
      this.#follower.fail(error)
    } finally {
      this.#reading = false
    }
  }
}
