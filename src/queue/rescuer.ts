import type { Database } from '../db/database.ts'
import type { Clock } from '../runtime/clock.ts'
import { Loop } from '../runtime/loop.ts'
import type { Service } from '../runtime/service.ts'
import type { FactListener } from '../telemetry/facts.ts'
import type { JobKind } from './kind.ts'
import { type RescuedJob, rescueJobs } from './sql/rescue-jobs.ts'
import { writeOutClaims } from './sql/write-out-claims.ts'
import { queueTime } from './time.ts'

export interface RescuerOptions {
  database: Database
  clock: Clock
  emit: FactListener
  kinds: JobKind[]
  leaseMs: number
  /** This process alone owns the database, so what is leased at its start was leased by a process that is gone. */
  soleOwner: boolean
  /** Renews this process's own leases: one that was asleep must not take its jobs from itself. */
  beforeSweep?(): Promise<unknown>
  /** What this process is at. It may fall asleep after its leases were renewed, too: those jobs are nobody else's yet. */
  inHand?(): string[]
  /** Called with the queues in which jobs may now be claimed. */
  onRescued(queues: ReadonlySet<string>): void
}

const batch = 200

/** Takes jobs back from dead workers. Any number of processes may do so at once. */
export class Rescuer implements Service {
  readonly name = 'rescuer'
  readonly #options: RescuerOptions
  readonly #loop: Loop

  constructor(options: RescuerOptions) {
    this.#options = options
    this.#loop = new Loop({
      name: this.name,
      body: () => this.#sweep(),
      onError: error => options.emit('loop.failed', { loop: this.name, error }),
    })
  }

  async start(): Promise<void> {
    if (this.#options.soleOwner) while ((await this.#rescue(true)) === batch);
    this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  async #sweep(): Promise<number> {
    await this.#options.beforeSweep?.()
    const rescued = await this.#rescue(false)
    return rescued === batch ? 0 : this.#options.leaseMs / 3
  }

  async #rescue(everyLease: boolean): Promise<number> {
    const { database, clock, kinds, emit, inHand, onRescued } = this.#options
    const ofKind = (jobs: RescuedJob[], { kind }: JobKind) => jobs.filter(job => job.kind === kind)
    const queues = new Set<string>()
    const jobs = await database.transaction(async tx => {
      const now = queueTime(database, clock)
      await writeOutClaims(tx, everyLease ? 'all' : { leaseEndedBy: now })
      const options = { now, limit: batch, everyLease, except: inHand?.() ?? [] }
      const lost = await rescueJobs(tx, options, queues)
      for (const kind of kinds) {
        const own = ofKind(lost, kind)
        if (own.length > 0) await kind.rescued?.(tx, own)
      }
      return lost
    })
    for (const kind of kinds) kind.afterRescue?.(ofKind(jobs, kind))
    for (const { id, kind, attempt, state, queue } of jobs) {
      emit('job.rescued', { queue, kind, jobId: id, attempt, state })
      queues.add(queue)
    }
    if (jobs.length > 0) onRescued(queues)
    return jobs.length
  }
}
