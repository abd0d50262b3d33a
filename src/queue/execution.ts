import type { FactListener } from '../telemetry/facts.ts'
import { LeaseLost, TimedOut } from './abort-reason.ts'
import type { AttemptNotes } from './attempt-notes.ts'
import { defaultRetry, failureOutcome, withinAttempts } from './failure-outcome.ts'
import type { ClaimedJob, Outcome, Settlement } from './job.ts'
import type { JobNotes } from './job-notes.ts'
import type { JobKind, Settled } from './kind.ts'
import { LazyAbort } from './lazy-abort.ts'
import { payloadFaults } from './payload.ts'
import { RunningAttempt } from './running-attempt.ts'
import { overdue, withinTime } from './time-limit.ts'

export interface ExecutionContext {
  emit: FactListener
  notes: JobNotes
  /** Writes an outcome under the fence; false where the lease was lost. */
  settle(execution: Execution, settlement: Settlement): Promise<boolean>
  /** @param dueAgainMs milliseconds until the job is due again; null where it has ended, or belongs to others */
  ended(execution: Execution, dueAgainMs: number | null): void
}

/** How an attempt ended that has nothing to write. */
type NoOutcome = 'lost' | 'abandoned'

/** Exactly one attempt of one job. */
export class Execution {
  readonly job: ClaimedJob
  readonly done: Promise<void>
  /** It has done its work, and waits for its outcome to be written. */
  settling = false
  readonly #kind: JobKind | undefined
  readonly #context: ExecutionContext
  readonly #abort = new LazyAbort()
  #attempted: RunningAttempt | undefined
  #notes: AttemptNotes | undefined
  #ended = false

  constructor(job: ClaimedJob, kind: JobKind | undefined, warm: unknown, context: ExecutionContext) {
    this.job = job
    this.#kind = kind
    this.#context = context
    this.done = this.#run(warm)
  }

  abort(reason: Error): void {
    this.#abort.abort(reason)
  }

  // As few asynchronous functions as can be: of a job that does nothing they would be most of the cost.
  async #run(warm: unknown): Promise<void> {
    const { queue, kind, id: jobId, attempt, claim } = this.job
    const begun = performance.now()
    let end: Outcome | Settled | NoOutcome
    try {
      end = this.#checked(await this.#begin(warm))
    } catch (error) {
      end = this.#failed(error)
    }
    this.#ended = true
    const outcome = typeof end !== 'string' && end.kind === 'settled' ? end.outcome : end
    this.#context.emit('job.attempted', {
      queue,
      kind,
      outcome: typeof outcome === 'string' ? outcome : outcome.kind,
      seconds: (performance.now() - begun) / 1000,
      traceId: this.#attempted?.span?.traceId,
    })
    if (typeof outcome === 'string' || outcome !== end) {
      await this.#notes?.close(outcome !== end)
      this.#context.ended(this, typeof outcome === 'string' ? null : dueAgainMs(outcome))
      return
    }
    const forgets = this.#kind?.forgetsCompleted === true && outcome.kind === 'completed'
    let kept = false
    try {
      // Before the settlement: after it the job is no longer this attempt's to write about.
      if (this.#notes) await this.#notes.close(!forgets)
      kept = await this.#context.settle(this, { jobId, attempt, outcome, forgets, claim })
      if (!kept) this.#context.emit('job.lost', { queue, jobId, attempt, traceId: this.#attempted?.span?.traceId })
    } catch (error) {
      this.#context.emit('job.abandoned', { queue, jobId, attempt, error, traceId: this.#attempted?.span?.traceId })
    }
    this.#context.ended(this, kept ? dueAgainMs(outcome) : null)
  }

  /** Starts the work, or says at once what keeps it from beginning. */
  #begin(warm: unknown): Promise<Outcome | Settled> | Outcome {
    const { job } = this
    const kind = this.#kind
    if (!kind) return { kind: 'discard', message: `This program knows no job kind "${job.kind}".` }
    const fault = payloadFaults(kind, job.payload)[0]
    if (fault) return { kind: 'discard', message: `The payload is wrong at ${fault.path || '/'}: ${fault.message}` }
    this.#attempted = new RunningAttempt(job, warm, this.#abort, () => this.#said())
    const work = kind.perform(this.#attempted)
    return job.timeoutMs == null ? work : this.#limited(work, job.timeoutMs)
  }

  async #limited(work: Promise<Outcome | Settled>, timeoutMs: number): Promise<Outcome | Settled> {
    const timedOut = new TimedOut(`The attempt took longer than its ${timeoutMs} ms.`)
    const outcome = await withinTime(work, timeoutMs, () => this.abort(timedOut))
    if (outcome !== overdue) return outcome
    throw timedOut
  }

  #checked(outcome: Outcome | Settled): Outcome | Settled {
    return this.#kind?.settlesItself ? outcome : withinAttempts(this.job, outcome)
  }

  /** One whose time was over may go on, but nobody listens to it any more. */
  #said(): AttemptNotes | undefined {
    if (!this.#ended) this.#notes ??= this.#context.notes.open(this.job)
    return this.#notes
  }

  #failed(error: unknown): Outcome | NoOutcome {
    const { queue, id: jobId, attempt } = this.job
    const { reason } = this.#abort
    if (error instanceof LeaseLost || reason instanceof LeaseLost) {
      this.#context.emit('job.lost', { queue, jobId, attempt, traceId: this.#attempted?.span?.traceId })
      return 'lost'
    }
    if (this.#kind?.settlesItself) {
      this.#context.emit('job.abandoned', { queue, jobId, attempt, error, traceId: this.#attempted?.span?.traceId })
      return 'abandoned'
    }
    return failureOutcome(this.job, this.#kind?.retry ?? defaultRetry, { error, reason })
  }
}

function dueAgainMs(outcome: Outcome): number | null {
  switch (outcome.kind) {
    case 'retry':
    case 'snooze':
      return outcome.delayMs
    case 'interrupted':
      return 0
    default:
      return null
  }
}
