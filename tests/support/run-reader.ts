import type { Database } from '../../src/db/database.ts'
import type { RunEvent } from '../../src/runs/event.ts'
import { RunFollowing } from '../../src/runs/follow-run.ts'
import type { RunHub } from '../../src/runs/hub.ts'
import type { Run } from '../../src/runs/run.ts'

export interface ReaderOptions {
  after?: number
  /** How many pushes it takes before it says that it is full; each `more` gives it as many again. */
  room?: number
}

/** Somebody who follows a run, and keeps what it is given. */
export class RunReader {
  readonly after: number
  readonly events: RunEvent[] = []
  /** Sizes of what it was pushed. */
  readonly pushes: number[] = []
  readonly ended: Promise<void>
  readonly following: RunFollowing
  readonly #room: number
  #left: number
  #arrived = Promise.withResolvers<void>()

  constructor(
    app: { database: Database; hub: RunHub },
    run: Pick<Run, 'id' | 'status'>,
    { after = 0, room = Number.POSITIVE_INFINITY }: ReaderOptions = {},
  ) {
    this.after = after
    this.#room = room
    this.#left = room
    const end = Promise.withResolvers<void>()
    this.ended = end.promise
    this.following = new RunFollowing(
      app,
      { run, after },
      {
        push: events => this.#push(events),
        end: end.resolve,
        fail: end.reject,
      },
    )
    this.following.start()
  }

  get full(): boolean {
    return this.#left === 0
  }

  get lastSeq(): number {
    return this.events.at(-1)?.seq ?? this.after
  }

  more(): void {
    this.#left = this.#room
    this.following.more()
  }

  /** Resolves when it has the event of this number. */
  async until(seq: number): Promise<void> {
    while (this.lastSeq < seq) await this.#arrived.promise
  }

  #push(events: RunEvent[]): boolean {
    this.events.push(...events)
    this.pushes.push(events.length)
    this.#left--
    this.#arrived.resolve()
    this.#arrived = Promise.withResolvers()
    return !this.full
  }
}
