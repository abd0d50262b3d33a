import type { Database } from '../db/database.ts'
import type { Notifier } from '../db/notifier.ts'
import type { Clock } from '../runtime/clock.ts'
import { newId } from '../runtime/id.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { CancelRequested, LeaseLost, stopping } from './abort-reason.ts'
import { type Claimed, Claimer } from './claimer.ts'
import { ClaimsInHand } from './claims-in-hand.ts'
import { Execution, type ExecutionContext } from './execution.ts'
import type { ClaimedJob, NewJob, Settlement } from './job.ts'
import { JobNotes } from './job-notes.ts'
import { keepLeases } from './keep-leases.ts'
import type { JobKind } from './kind.ts'
import { OfferedJobs } from './offered-jobs.ts'
import { Places } from './places.ts'
import { Settler } from './settler.ts'

export interface WorkerOptions {
  database: Database
  clock: Clock
  notifier: Notifier
  emit: FactListener
  queue: string
  kinds: JobKind[]
  concurrency: number
  leaseMs: number
  /** Wakes this process's worker of another queue: a process does not hear its own hints. */
  wakeQueue?(queue: string): void
  /** Ids of the only jobs it may claim; may grow while it runs. Default: whatever is on the queue. */
  only?: ReadonlySet<string>
  /** Milliseconds between two looks that nobody asked for, twice that when there is nothing to do. Default: 1,000. */
  pollMs?: number
}

const idlePollGrowth = 1.2
const claimLimit = 1_000
/** Claims of fewer are not worth the room that it takes to claim ahead. */
const aheadFrom = 100
/** So long one turn of claiming ahead takes at most. */
const turnMs = 500
/** Keys get tokens all the time: no claim for each. */
const shortestWaitMs = 2

/** Claims jobs of one queue and runs them, at most `concurrency` at a time. */
export class Worker implements Service {
  readonly id = newId('wrk')
  readonly name: string
  readonly drains = true
  readonly #options: WorkerOptions
  readonly #kinds: Map<string, JobKind>
  readonly #places: Places
  readonly #inClaims: ClaimsInHand
  readonly #settler: Settler
  /** What every execution has in common. */
  readonly #context: ExecutionContext
  readonly #claimer: Claimer
  readonly #claims: Loop
  readonly #heartbeats: Loop
  /** Null: it is there for chosen jobs alone, or no other process can offer it any. */
  readonly #offered: OfferedJobs | null
  #handsBack = false
  readonly #busyPollMs: number
  #pollMs: number
  #draining = false
  #unsubscribe: (() => void)[] = []

  constructor(options: WorkerOptions) {
    const { queue, emit } = options
    this.name = `worker ${queue}`
    this.#options = options
    this.#busyPollMs = options.pollMs ?? 1_000
    this.#pollMs = this.#busyPollMs
    // One that claims nothing of others has nothing to overtake.
    this.#places = new Places(options.concurrency, options.only !== undefined)
    this.#kinds = new Map(options.kinds.map(kind => [kind.kind, kind]))
    const onError = (loop: string) => (error: unknown) => emit('loop.failed', { loop: `${queue} ${loop}`, error })
    this.#inClaims = new ClaimsInHand(options.database, options.kinds, onError('claims'))
    this.#settler = new Settler(options, this.#inClaims, this.#places, () => this.wake())
    this.#context = {
      emit,
      notes: new JobNotes(options, this.#inClaims),
      settle: (execution, settlement) => this.#submit(execution, settlement),
      ended: (execution, dueAgainMs) => this.#ended(execution, dueAgainMs),
    }
    this.#claimer = new Claimer({ ...options, worker: this.id, together: () => this.#inClaims.next() })
    this.#claims = new Loop({ name: 'claim', body: signal => this.#claim(signal), onError: onError('claim') })
    const renew = () => this.renewLeases()
    this.#heartbeats = new Loop({ name: 'heartbeat', body: renew, onError: onError('heartbeat') })
    this.#offered =
      options.only || options.database.dialect === 'sqlite'
        ? null
        : new OfferedJobs({
            ...options,
            worker: this,
            places: () => (this.#draining || this.#claimer.held ? 0 : this.#places.forOthers),
            has: jobId => this.#places.executions.has(jobId),
            giveBack: ({ id, attempt }) =>
              this.#settler.submit({ jobId: id, attempt, outcome: { kind: 'interrupted' } }),
            renew: () => this.#heartbeats.wake(),
            onError: onError('offers'),
          })
  }

  start(): void {
    const { notifier, queue } = this.#options
    this.#unsubscribe = [
      notifier.subscribe('queue', name => name === queue && this.wake()),
      notifier.subscribe('cancel', jobId => this.cancel(jobId)),
    ]
    this.#offered?.start()
    this.#claims.start()
    this.#heartbeats.start()
  }

  /** Claims no more, lets what runs finish until `signal` is aborted, and then hands the rest back. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#draining = true
    this.#offered?.say()
    await this.#claims.stop()
    if (signal.aborted) this.#handBack()
    else signal.addEventListener('abort', () => this.#handBack(), { once: true })
    await this.#places.emptied()
    await this.#offered?.stop()
    await this.#heartbeats.stop()
    await this.#inClaims.close()
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
  }

  get running(): number {
    return this.#places.executions.size
  }

  /** Milliseconds since the claim loop last ended a turn: a healthy one does so each second. */
  get idleForMs(): number {
    return performance.now() - this.#claims.lastTurnAt
  }

  wake(): void {
    this.#claims.wake()
  }

  cancel(jobId: string): void {
    this.#places.executions.get(jobId)?.abort(new CancelRequested('Somebody cancelled it.'))
  }

  /**
   * Keeps room for a job of a tenant that is about to be inserted already leased, by `handOff`. Give it back by `adopt` or
   * `release`. While it works off a backlog there is some for tenants that have no part in that.
   */
  reserve(tenantId: string): boolean {
    return !this.#draining && !this.#claimer.held && this.#places.reserve(tenantId)
  }

  /** How a job is inserted that room is reserved for. */
  get handOff(): Pick<NewJob, 'handOffTo' | 'handOffUnlessWaiting'> {
    return { handOffTo: this.id, handOffUnlessWaiting: !this.#places.caughtUp }
  }

  release(): void {
    this.#places.release()
  }

  adopt(job: ClaimedJob, warm: unknown): void {
    this.#execute(job, warm)
    this.release()
  }

  async #claim(signal: AbortSignal): Promise<number> {
    if (this.#options.only) return this.#claimChosen(this.#options.only)
    // What ends together is replaced together.
    await new Promise(setImmediate)
    await this.#places.guestFirst()
    const free = this.#places.claimable
    // Whatever finishes wakes this loop.
    if (free <= 0) return this.#busyPollMs
    // One that has caught up seldom finds much: half of the room stays for jobs that are handed over meanwhile.
    const room = this.#places.caughtUp || this.#claimsAhead(free) ? Math.ceil(free / 2) : free
    try {
      return await this.#claimInto(Math.min(claimLimit, room), signal)
    } finally {
      this.#places.claiming = 0
    }
  }

  /** Of a backlog the next jobs are claimed while the last ones begin. SQLite does one thing at a time anyway. */
  #claimsAhead(jobs: number): boolean {
    return jobs >= aheadFrom && this.#options.database.dialect === 'postgres'
  }

  async #claimInto(limit: number, signal: AbortSignal): Promise<number> {
    const until = performance.now() + turnMs
    let claimed = await this.#take(limit)
    while (claimed.more && this.#claimsAhead(claimed.jobs.length) && performance.now() < until && !signal.aborted) {
      const { jobs } = claimed
      const room = Math.min(claimLimit, this.#places.claimable - jobs.length)
      if (room < aheadFrom) break
      const next = this.#take(room, jobs.length)
      next.catch(() => {}) // told of below, when these have begun
      await this.#beginMeanwhile(jobs)
      claimed = await next
    }
    const { more, waitMs } = claimed
    this.#beginAll(claimed.jobs)
    this.#places.caughtUp = !more
    if (more) return 0
    this.#offered?.keepSaying()
    const untilDueMs = Math.min(waitMs, await this.#claimer.untilDue())
    const longest = 2 * this.#busyPollMs
    this.#pollMs = claimed.jobs.length > 0 ? this.#busyPollMs : Math.min(longest, this.#pollMs * idlePollGrowth)
    return Math.min(this.#pollMs * (0.9 + Math.random() * 0.2), Math.max(untilDueMs, shortestWaitMs))
  }

  /** @param before jobs that have been claimed, and have yet to begin */
  async #take(limit: number, before = 0): Promise<Claimed> {
    const { queue, emit } = this.#options
    this.#places.claiming = limit + before
    const begun = performance.now()
    const claimed = await this.#claimer.claim(limit)
    const { length: count } = claimed.jobs
    this.#inClaims.take(claimed.jobs)
    this.#places.backlog.noteClaim(claimed.jobs)
    if (count > 0) emit('job.claimed', { queue, count, seconds: (performance.now() - begun) / 1000 })
    return claimed
  }

  async #beginMeanwhile(jobs: ClaimedJob[]): Promise<void> {
    // The claim is sent first.
    await new Promise(setImmediate)
    this.#places.claiming = Math.max(0, this.#places.claiming - jobs.length)
    this.#beginAll(jobs)
  }

  #beginAll(jobs: ClaimedJob[]): void {
    for (const job of jobs) this.#execute(job, undefined)
  }

  /** For jobs of its own that could not be handed to it, or are to be tried again. */
  async #claimChosen(only: ReadonlySet<string>): Promise<number> {
    const ids = [...only].filter(id => !this.#places.executions.has(id))
    if (ids.length > 0) this.#beginAll(await this.#claimer.claimChosen(ids))
    return this.#busyPollMs
  }

  #execute(job: ClaimedJob, warm: unknown): void {
    // An earlier attempt that somebody has taken from this very process, which has not noticed yet.
    const earlier = this.#places.executions.get(job.id)
    if (earlier) {
      earlier.abort(new LeaseLost('The lease was taken over.'))
      this.#places.leave(earlier)
    }
    const { emit, leaseMs, queue } = this.#options
    // By the clock that has written both; one that is handed over begins when it is made.
    const dueMs = job.dueToLeaseEndMs === undefined ? 0 : Math.max(0, job.dueToLeaseEndMs - leaseMs)
    emit('job.begun', { queue, dueSeconds: dueMs / 1000 })
    const execution = new Execution(job, this.#kinds.get(job.kind), warm, this.#context)
    this.#places.executions.set(job.id, execution)
    if (this.#handsBack) execution.abort(stopping())
  }

  #ended(execution: Execution, dueAgainMs: number | null): void {
    const { job } = execution
    const wasFull = this.#places.claimable <= 0
    this.#places.leave(execution)
    // The end of one job may let the next of its order key begin. One that is due before the next poll is not kept waiting.
    const dueSoon = dueAgainMs !== null && dueAgainMs < this.#busyPollMs
    if (wasFull || job.ordered || dueSoon || !this.#places.caughtUp || this.#claimer.held) this.wake()
    // What it hands back, and its place, are for those who still claim.
    if (this.#draining && (dueSoon || this.#claimer.held)) this.#options.notifier.publish('queue', this.#options.queue)
  }

  /** Ids of the jobs that it is at. */
  inHand(): string[] {
    return [...this.#places.executions.keys()]
  }

  /** The heartbeat. Returns the milliseconds until the next one. */
  async renewLeases(): Promise<number> {
    const executions = [...this.#places.executions.values()]
    await this.#inClaims.writeOut()
    await keepLeases(this.#options, executions)
    return this.#options.leaseMs / 3
  }

  #submit(execution: Execution, settlement: Settlement): Promise<boolean> {
    const wasFull = this.#places.claimable <= 0
    // Another outcome may pause what would begin in its place.
    if (settlement.outcome.kind !== 'completed') return this.#settler.submit(settlement)
    this.#places.settle(execution)
    if (wasFull) this.wake()
    return this.#settler.submit(settlement, !this.#claimer.held && this.#places.endMayWait(execution.job))
  }

  #handBack(): void {
    this.#handsBack = true
    for (const execution of this.#places.executions.values()) execution.abort(stopping())
  }
}
