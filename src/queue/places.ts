import { deferred } from '../runtime/deferred.ts'
import { Backlog } from './backlog.ts'
import type { Execution } from './execution.ts'
import type { ClaimedJob } from './job.ts'

/** So long the backlog's own writes let a guest's insert go first, at most. */
const guestFirstMs = 5

/** At most so many that have done their work and wait for their outcome to be written keep no other from beginning. */
const settlingAtMost = 2_000

/** The places of a worker: what runs, and what is about to. */
export class Places {
  readonly executions = new Map<string, Execution>()
  readonly backlog: Backlog
  /** The last claim took all there was: new work may be handed over without overtaking any. */
  caughtUp: boolean
  /** For jobs that are about to be inserted already leased. */
  reserved = 0
  /** That a claim under way may take. */
  claiming = 0
  readonly #concurrency: number
  /** Settled whenever a reservation has ended. */
  #released = deferred<void>()
  /** Executions that have done their work: they wait for their outcome to be written. */
  #settling = 0

  constructor(concurrency: number, caughtUp: boolean) {
    this.#concurrency = concurrency
    this.caughtUp = caughtUp
    this.backlog = new Backlog(concurrency)
  }

  /** How many jobs more may run. While the database is slow to take outcomes, those that wait for it count too. */
  get free(): number {
    const settling = Math.min(this.#settling, settlingAtMost)
    return this.#concurrency - (this.executions.size - settling) - this.reserved
  }

  /** How many jobs may be claimed: of a backlog not so many that nothing is left for guests. */
  get claimable(): number {
    return this.free - (this.caughtUp ? 0 : this.backlog.guestRoom)
  }

  /** Takes a place for a job of a tenant that is to be handed over; false where it has to wait for its turn. */
  reserve(tenantId: string): boolean {
    if (!this.caughtUp && this.backlog.isOf(tenantId)) return false
    if (!this.caughtUp) this.backlog.noteGuest()
    if (this.free - this.claiming <= 0) return false
    this.reserved++
    return true
  }

  release(): void {
    this.reserved--
    this.#released.resolve()
    this.#released = deferred()
  }

  /** Whether the end of a job can be written some milliseconds later, for guests' sake: nobody begins the later for it. */
  endMayWait({ tenantId, ordered }: ClaimedJob): boolean {
    return !this.caughtUp && this.backlog.hasGuests && !ordered && this.backlog.isOf(tenantId)
  }

  /** Waits for the insert of a guest's job that is under way while there is a backlog, for a moment only. */
  async guestFirst(): Promise<void> {
    if (this.caughtUp || this.reserved === 0) return
    const { promise, resolve } = deferred<void>()
    const timer = setTimeout(resolve, guestFirstMs)
    await Promise.race([this.#released.promise, promise])
    clearTimeout(timer)
  }

  /** For jobs that other processes offer: none while there is a backlog. */
  get forOthers(): number {
    return this.caughtUp ? Math.max(0, this.free) : 0
  }

  /** Resolves when nothing runs. A job that is just being inserted for this worker is about to. */
  async emptied(): Promise<void> {
    while (this.executions.size > 0 || this.reserved > 0) {
      if (this.reserved > 0) await this.#released.promise
      await Promise.all([...this.executions.values()].map(execution => execution.done))
    }
  }

  settle(execution: Execution): void {
    if (this.executions.get(execution.job.id) !== execution) return
    execution.settling = true
    this.#settling++
  }

  /** Frees the place of an execution, where no later one of its job has taken it. */
  leave(execution: Execution): void {
    if (this.executions.get(execution.job.id) !== execution) return
    this.executions.delete(execution.job.id)
    if (execution.settling) this.#settling--
  }
}
