import type { Database, Transaction } from '../db/database.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ClaimedJob } from './job.ts'
import { SlowScan } from './slow-scan.ts'
import { claimBehind } from './sql/claim-behind.ts'
import { claimChosenJobs } from './sql/claim-chosen-jobs.ts'
import { claimFew } from './sql/claim-few.ts'
import { type Claim, claimTurn, type FreeClaimed } from './sql/claim-jobs.ts'
import { claimLimitedJobs } from './sql/claim-limited-jobs.ts'
import { type Together, togetherFrom } from './sql/claim-together.ts'
import { nextDueMs, promoteJobs } from './sql/promote-jobs.ts'
import { pruneBuckets } from './sql/prune-buckets.ts'
import { firstTurn } from './sql/tenant-turns.ts'
import { queueTime } from './time.ts'

export interface ClaimerOptions {
  database: Database
  clock: Clock
  queue: string
  leaseMs: number
  worker: string
  /** How the next claim may take brief jobs together. */
  together(): Together | null
}

export interface Claimed {
  jobs: ClaimedJob[]
  /** Another claim might find something at once. */
  more: boolean
  /** Milliseconds until another claim might find something, as far as is known; Infinity: whenever somebody says so. */
  waitMs: number
}

const promoteAtMost = 500
/** While it finds work all the time, it asks so often for what is due besides. */
const askEveryMs = 20
/** What lies before the place where the last claim has ended is looked at again after this. */
const fromStartEveryMs = 250
const pruneEveryMs = 60_000

/** Takes jobs of one queue for a worker: remembers whose turn it is, and what holds the queue back. */
export class Claimer {
  readonly #options: ClaimerOptions
  #turn = firstTurn
  /** Claims since one began at the start: all of their jobs lie before the place where the next one begins. */
  #passed: string[] = []
  #held = false
  /** When a scheduled job is due, as far as is known, by `performance.now()`; before the first look, at once. */
  #dueAt = Number.NEGATIVE_INFINITY
  #due = false
  #busy = false
  #askedAt = Number.NEGATIVE_INFINITY
  #fromStartAt = 0
  #prunedAt = 0
  readonly #slowScan = new SlowScan()

  constructor(options: ClaimerOptions) {
    this.#options = options
  }

  /** The queue or one of its keys is paused, or it has limits: every start is counted. */
  get held(): boolean {
    return this.#held
  }

  /** Takes up to `limit` due jobs. Whatever fails after they are taken is left to the next claim. */
  async claim(limit: number): Promise<Claimed> {
    this.#due = performance.now() >= this.#dueAt
    const now = performance.now()
    const asks = this.#busy && now - this.#askedAt >= askEveryMs
    const asked = asks ? this.untilDue().catch((error: unknown) => ({ error })) : null
    const claimed = await (this.#held ? this.#claimHeld(limit) : this.#claimFree(limit))
    this.#busy = claimed.more
    const answer = await asked
    if (answer !== null && typeof answer === 'object') {
      if (claimed.jobs.length === 0) throw answer.error
      return { ...claimed, more: true }
    }
    return { ...claimed, more: claimed.more || performance.now() >= this.#dueAt }
  }

  /**
   * Asks for the milliseconds until a scheduled job is due; Infinity: there is none. Before it sleeps a worker has to know:
   * asked beside each claim it would keep a lone job waiting.
   */
  async untilDue(): Promise<number> {
    const dueMs =
      (await nextDueMs(this.#options.database, this.#options.queue, this.#now())) ?? Number.POSITIVE_INFINITY
    this.#askedAt = performance.now()
    this.#dueAt = this.#askedAt + dueMs
    return dueMs
  }

  async #claimFree(limit: number): Promise<Claimed> {
    const { database } = this.#options
    const now = performance.now()
    const rest = this.#due ? null : this.#slowScan.at(now)
    if (rest) {
      const { jobs, last } = await database.single(tx => claimBehind(tx, this.#claimOf(limit), rest.place))
      this.#slowScan.noteBehind({ tookMs: performance.now() - now, found: jobs.length, last })
      return { jobs, more: jobs.length === limit, waitMs: Math.max(0, rest.untilMs - performance.now()) }
    }
    if (this.#turn.from === null || now - this.#fromStartAt >= fromStartEveryMs) {
      this.#turn = { ...this.#turn, from: null }
      this.#passed = []
      this.#fromStartAt = now
    }
    const promotes = this.#due
    // Whoever has caught up finds a few at most, and what they leave is for turns.
    const few = database.dialect === 'postgres' && !this.#busy && !promotes
    const wanted = this.#claimOf(limit)
    const claim = async (tx: Transaction): Promise<FreeClaimed> =>
      few ? { ...(await claimFew(tx, wanted)), next: this.#turn } : claimTurn(tx, wanted, this.#turn)
    const { jobs, next, more, held, last } = promotes
      ? await database.transaction(async tx => {
          await this.#promote(tx)
          return claim(tx)
        })
      : await database.single(claim)
    const end = performance.now()
    if (!promotes) this.#slowScan.noteFromStart({ tookMs: end - now, found: jobs.length, last }, end)
    if (next.from === null) this.#passed = []
    else if (wanted.together && !few) this.#passed.push(wanted.together.id)
    this.#turn = next
    this.#held = held
    return { jobs, more: more || held, waitMs: Number.POSITIVE_INFINITY }
  }

  async #claimHeld(limit: number): Promise<Claimed> {
    const { database } = this.#options
    const prunes = performance.now() - this.#prunedAt >= pruneEveryMs
    const claimed = await database.transaction(async tx => {
      await this.#promote(tx)
      const held = await claimLimitedJobs(tx, this.#claimOf(limit), this.#turn)
      if (prunes || !held.held) await pruneBuckets(tx, held.settings, this.#now())
      return held
    })
    const { jobs, next, more, held, waitMs } = claimed
    if (prunes) this.#prunedAt = performance.now()
    this.#turn = next
    this.#held = held
    return { jobs, more: more || !held, waitMs }
  }

  /** Takes those of the given jobs that are due. */
  claimChosen(ids: string[]): Promise<ClaimedJob[]> {
    const { queue, worker, leaseMs } = this.#options
    const now = this.#now()
    return this.#options.database.transaction(tx => claimChosenJobs(tx, { ids, queue, worker, leaseMs, now }))
  }

  async #promote(tx: Transaction): Promise<void> {
    if (!this.#due) return
    await promoteJobs(tx, this.#options.queue, promoteAtMost, this.#now())
    // When the next one is due is asked for before long.
    this.#dueAt = Number.POSITIVE_INFINITY
  }

  #claimOf(limit: number): Claim {
    const { queue, worker, leaseMs, together } = this.#options
    return {
      queue,
      worker,
      limit,
      leaseMs,
      now: this.#now(),
      together: limit >= togetherFrom ? together() : null,
      passed: this.#passed,
    }
  }

  #now(): number | null {
    return queueTime(this.#options.database, this.#options.clock)
  }
}
