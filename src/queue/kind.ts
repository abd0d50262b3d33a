import type { TSchema } from '@sinclair/typebox'
import type { Transaction } from '../db/database.ts'
import type { Json } from '../json.ts'
import type { BackoffPolicy } from '../runtime/backoff.ts'
import type { Span } from '../telemetry/tracing/tracer.ts'
import type { ClaimedJob, Outcome } from './job.ts'
import type { CancelledJob } from './sql/cancel-jobs.ts'
import type { RescuedJob } from './sql/rescue-jobs.ts'

export interface Attempt {
  job: ClaimedJob
  /**
   * Aborted with a reason of abort-reason.ts. When the time of the job is over an attempt has one second left: what it
   * returns until then counts, what it throws is a retry. After that it is written off, and what it returns is ignored.
   */
  signal: AbortSignal
  /** What the enqueuer handed over with a job it leased for this process; undefined for a claimed one. */
  warm: unknown
  /** Set by whoever traces it. */
  span?: Span | undefined
  /** Adds a line to the job's log, kept as long as the job: 2,000 characters, 1,000 lines of an attempt. */
  log(message: string): void
  /** Says how far it is, in the handler's own words; the last one is kept. */
  progress(value: Json): void
  /**
   * Resolves when what it has said is written, or cannot be; undefined where it has said nothing. A kind that settles
   * itself waits for it: once its job is settled, nothing of the attempt is written any more.
   */
  noted?(): Promise<void> | undefined
}

/** An outcome that is stored already. */
export interface Settled {
  kind: 'settled'
  outcome: Outcome
}

/** What a feature registers for its jobs. The queue knows nothing else of the feature. */
export interface JobKind {
  readonly kind: string
  /** Checked when a job is enqueued and again when it is claimed; a job that does not fit is discarded. */
  readonly payload?: TSchema
  /** Default: from one second to five minutes. */
  readonly retry?: BackoffPolicy
  /** Completed jobs are deleted at once instead of being kept for a while. */
  readonly forgetsCompleted?: boolean
  /**
   * Runs one attempt and says what it decided, as `settled` where it has written that itself, together with other
   * changes. A thrown error of a kind that settles itself leaves the job to its lease; of another, it is a retry. What
   * it has said by `log` and `progress` is written a few times a second, and before the outcome of a kind that does not
   * settle itself; see `noted`.
   */
  perform(attempt: Attempt): Promise<Outcome | Settled>
  readonly settlesItself: boolean
  /** Called in the transaction that took the jobs from dead workers, for changes that must commit with it. */
  rescued?(tx: Transaction, jobs: RescuedJob[]): Promise<void>
  /** Called when that transaction has committed. */
  afterRescue?(jobs: RescuedJob[]): void
  /** Called in the transaction that cancelled jobs which nobody executes, for changes that must commit with it. */
  cancelled?(tx: Transaction, jobs: CancelledJob[]): Promise<void>
  /** Says why a job of this kind cannot be tried again once it has ended; without it, it can. */
  readonly notRedriven?: string
}
