import type { Database } from '../db/database.ts'
import type { Notifier } from '../db/notifier.ts'
import type { Clock } from '../runtime/clock.ts'
import { Loop } from '../runtime/loop.ts'
import type { ClaimedJob } from './job.ts'
import { roomHint, roomHoldsMs } from './rooms.ts'
import { type OfferedJob, readOffered } from './sql/read-offered.ts'
import { queueTime } from './time.ts'
import type { Worker } from './worker.ts'

/** Within its lease, which is a short one, an offered job that still runs has to be renewed. */
const renewAfterMs = 1_000

export interface OfferedJobsOptions {
  database: Database
  clock: Clock
  notifier: Notifier
  queue: string
  worker: Pick<Worker, 'id' | 'running' | 'reserve' | 'adopt' | 'cancel' | 'wake'>
  /** How many jobs it would take now. */
  places(): number
  /** It is at the job. */
  has(jobId: string): boolean
  /** Without counting the attempt. */
  giveBack(job: ClaimedJob): Promise<unknown>
  /** Renews the leases of all that it is at. */
  renew(): void
  onError(error: unknown): void
}

/** The jobs that other processes have inserted as this worker's. They do so because it says that it has room. */
export class OfferedJobs {
  readonly #options: OfferedJobsOptions
  readonly #ids = new Set<string>()
  #taking: Promise<void> | undefined
  readonly #renewals: Loop
  /** When an offered job has to be renewed, if it still runs then. */
  #renewAt = Number.POSITIVE_INFINITY
  #said = 0
  #saidAt = Number.NEGATIVE_INFINITY
  #unsubscribe: (() => void) | undefined

  constructor(options: OfferedJobsOptions) {
    this.#options = options
    const { onError } = options
    this.#renewals = new Loop({ name: 'renewals of offered jobs', body: () => this.#renew(), onError })
  }

  start(): void {
    const { notifier, worker } = this.#options
    this.#renewals.start()
    this.#unsubscribe = notifier.subscribe('offer', text => {
      const [to, jobId] = text.split(' ')
      if (to !== worker.id || jobId === undefined) return
      this.#ids.add(jobId)
      this.#taking ??= this.#take()
    })
  }

  /** Takes those that it was told of, and no more. */
  async stop(): Promise<void> {
    this.#unsubscribe?.()
    await this.#taking
    await this.#renewals.stop()
  }

  /** Says how much room there is where others may not know: whoever is offered jobs gets them quicker than by claims. */
  keepSaying(): void {
    const places = this.#options.places()
    if (places > 0 && (this.#said === 0 || performance.now() - this.#saidAt > roomHoldsMs / 3)) this.say()
  }

  say(answers = false): void {
    const { notifier, worker, queue } = this.#options
    const places = this.#options.places()
    this.#said = places
    this.#saidAt = performance.now()
    notifier.publish('room', roomHint({ worker: worker.id, places, answers, queue }))
  }

  async #take(): Promise<void> {
    const { database, clock, queue, worker, has, onError } = this.#options
    while (this.#ids.size > 0) {
      const offered = { ids: [...this.#ids], queue, worker: worker.id, now: queueTime(database, clock) }
      this.#ids.clear()
      try {
        const jobs = await database.single(tx => readOffered(tx, offered))
        // A hint may come twice.
        await this.#begin(jobs.filter(({ id }) => !has(id)))
      } catch (error) {
        onError(error)
      }
      this.say(true)
    }
    this.#taking = undefined
  }

  /** What it has no room for is for whoever claims it next. */
  async #begin(jobs: OfferedJob[]): Promise<void> {
    const { worker, notifier, queue, giveBack } = this.#options
    const left: OfferedJob[] = []
    for (const job of jobs) {
      if (!worker.reserve(job.tenantId)) {
        left.push(job)
        continue
      }
      worker.adopt(job, undefined)
      if (job.cancelRequested) worker.cancel(job.id)
      this.#renewLater()
    }
    if (left.length === 0) return
    await Promise.all(left.map(giveBack))
    worker.wake()
    notifier.publish('queue', queue)
  }

  #renewLater(): void {
    if (this.#renewAt !== Number.POSITIVE_INFINITY) return
    this.#renewAt = performance.now() + renewAfterMs
    this.#renewals.wake()
  }

  /** Returns the milliseconds until it is to be looked at again. */
  #renew(): number {
    const rest = this.#renewAt - performance.now()
    if (rest > 0) return rest
    this.#renewAt = Number.POSITIVE_INFINITY
    if (this.#options.worker.running > 0) this.#options.renew()
    return this.#renewAt
  }
}
