import type { Database } from '../db/database.ts'
import { isOutage } from '../db/failure.ts'
import type { Notifier } from '../db/notifier.ts'
import { Batcher } from '../runtime/batcher.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ClaimsInHand } from './claims-in-hand.ts'
import type { Settlement } from './job.ts'
import type { Places } from './places.ts'
import { completeAlike } from './sql/complete-alike.ts'
import { settleJobs } from './sql/settle-jobs.ts'
import { queueTime } from './time.ts'

export interface SettlerOptions {
  database: Database
  clock: Clock
  notifier: Notifier
  queue: string
  /** Wakes this process's worker of another queue: a process does not hear its own hints. */
  wakeQueue?(queue: string): void
}

/** At a time. */
const settleLimit = 1_000
/** Of outcomes that may wait, a commit in ten milliseconds is as good as many: each keeps somebody's insert waiting. */
const gathers = { ms: 10, enough: 100 }

/** Writes what attempts have decided, those that end together at once. */
export class Settler {
  readonly #options: SettlerOptions
  readonly #claims: ClaimsInHand
  readonly #places: Places
  readonly #wake: () => void
  readonly #alike: Batcher<Settlement, boolean>
  readonly #others: Batcher<Settlement, boolean>

  constructor(options: SettlerOptions, claims: ClaimsInHand, places: Places, wake: () => void) {
    this.#options = options
    this.#claims = claims
    this.#places = places
    this.#wake = wake
    const shared = { maxSize: settleLimit, isShared: isOutage, gathers }
    this.#alike = new Batcher({ ...shared, commit: settlements => this.#complete(settlements) })
    this.#others = new Batcher({ ...shared, commit: settlements => this.#settle(settlements) })
  }

  /**
   * False where the attempt no longer held its job: then nothing was written.
   * @param mayWait nobody begins the later for it, so that it can be written with those that come within some milliseconds
   */
  submit(settlement: Settlement, mayWait = false): Promise<boolean> {
    const { outcome } = settlement
    const isPlain = outcome.kind === 'completed' && outcome.result === undefined
    return (isPlain ? this.#alike : this.#others).submit(settlement, mayWait)
  }

  /** What is like the first of them is most of it. The others take the longer way. */
  async #complete(settlements: Settlement[]): Promise<(boolean | Promise<boolean>)[]> {
    const { database, clock } = this.#options
    const [first] = settlements
    if (!first) return []
    await this.#places.guestFirst()
    const { attempt, forgets = false } = first
    const ofClaim = this.#claims.has(first)
    const alike: Settlement[] = []
    const others: Settlement[] = []
    for (const each of settlements) {
      const isLike =
        each.attempt === attempt && (each.forgets ?? false) === forgets && this.#claims.has(each) === ofClaim
      ;(isLike ? alike : others).push(each)
    }
    const ids = alike.map(each => each.jobId)
    const ofClaims = ofClaim ? this.#claims.endingWith(alike) : null
    const ended = await completeAlike(database, { ids, attempt, forgets, ofClaims }, queueTime(database, clock))
    if (ended === 'all') this.#claims.ended(alike)
    const missed = new Set(ended === 'all' ? others : settlements.filter(each => !ended.has(each.jobId)))
    return settlements.map(each => (missed.has(each) ? this.#others.submit(each) : true))
  }

  async #settle(settlements: Settlement[]): Promise<boolean[]> {
    const { database, clock, notifier, queue, wakeQueue } = this.#options
    const now = queueTime(database, clock)
    const released = new Set<string>()
    const written = await this.#claims.writtenOut(settlements, tx => settleJobs(tx, settlements, now, released))
    for (const name of released) {
      if (name === queue) this.#wake()
      else wakeQueue?.(name)
      notifier.publish('queue', name)
    }
    if (settlements.some(({ outcome }) => outcome.kind === 'retry' && outcome.pausesKey)) {
      this.#wake()
      notifier.publish('queue', queue)
    }
    return settlements.map(({ jobId }) => written.has(jobId))
  }
}
