import type { Json } from '../json.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { LeaseLost, TimedOut } from './abort-reason.ts'
import type { AttemptNotes } from './attempt-notes.ts'
import { defaultRetry, failureOutcome, withinAttempts } from './failure-outcome.ts'
import type { ClaimedJob, Outcome, Settlement } from './job.ts'
import type { JobNotes } from './job-notes.ts'
import type { Attempt, JobKind, Settled } from './kind.ts'
import { LazyAbort } from './lazy-abort.ts'
import { payloadFaults } from './payload.ts'
import { overdue, withinTime } from './time-limit.ts'

export interface ExecutionContext {
  emit: FactListener
  notes: JobNotes
  /** Writes an outcome under the fence; false where the lease was lost. */
  settle(settlement: Settlement): Promise<boolean>
}

/** How an attempt ended that has nothing to write. */
type NoOutcome = 'lost' | 'abandoned'

/** Exactly one attempt of one job. */
export class Execution {
  readonly job: ClaimedJob
  /** Resolves with the milliseconds until the job is due again; null where it has ended, or belongs to others. */
  readonly done: Promise<number | null>
  readonly #kind: JobKind | undefined
  readonly #context: ExecutionContext
  readonly #abort = new LazyAbort()
  #attempted: Attempt | undefined
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

  async #run(warm: unknown): Promise<number | null> {
    const { queue, kind } = this.job
    const begun = performance.now()
    const end = await this.#end(warm)
    this.#ended = true
    const outcome = typeof end !== 'string' && end.kind === 'settled' ? end.outcome : end
    this.#context.emit('job.attempted', {
      queue,
      kind,
      outcome: typeof outcome === 'string' ? outcome : outcome.kind,
      seconds: (performance.now() - begun) / 1000,
      traceId: this.#attempted?.span?.traceId,
    })
    if (typeof outcome === 'string') {
      await this.#notes?.close(false)
      return null
    }
    if (outcome === end) return this.#settle(outcome)
    await this.#notes?.close(true)
    return dueAgainMs(outcome)
  }

  async #end(warm: unknown): Promise<Outcome | Settled | NoOutcome> {
    const { job } = this
    const kind = this.#kind
    if (!kind) return { kind: 'discard', message: `This program knows no job kind "${job.kind}".` }
    try {
      const [fault] = payloadFaults(kind, job.payload)
      if (fault) return { kind: 'discard', message: `The payload is wrong at ${fault.path || '/'}: ${fault.message}` }
      const outcome = await this.#perform(kind, warm)
      return kind.settlesItself ? outcome : withinAttempts(job, outcome)
    } catch (error) {
      return this.#failed(kind, error)
    }
  }

  async #perform(kind: JobKind, warm: unknown): Promise<Outcome | Settled> {
    this.#attempted = this.#attempt(warm)
    const work = kind.perform(this.#attempted)
    const { timeoutMs } = this.job
    if (timeoutMs == null) return work
    const timedOut = new TimedOut(`The attempt took longer than its ${timeoutMs} ms.`)
    const outcome = await withinTime(work, timeoutMs, () => this.abort(timedOut))
    if (outcome !== overdue) return outcome
    throw timedOut
  }

  #attempt(warm: unknown): Attempt {
    const abort = this.#abort
    return {
      job: this.job,
      warm,
      get signal() {
        return abort.signal
      },
      log: message => this.#said()?.log(message),
      progress: (value: Json) => this.#said()?.progress(value),
    }
  }

  /** One whose time was over may go on, but nobody listens to it any more. */
  #said(): AttemptNotes | undefined {
    if (!this.#ended) this.#notes ??= this.#context.notes.open(this.job)
    return this.#notes
  }

  #failed(kind: JobKind, error: unknown): Outcome | NoOutcome {
    const { queue, id: jobId, attempt } = this.job
    const { reason } = this.#abort
    if (error instanceof LeaseLost || reason instanceof LeaseLost) {
      this.#context.emit('job.lost', { queue, jobId, attempt, traceId: this.#attempted?.span?.traceId })
      return 'lost'
    }
    if (kind.settlesItself) {
      this.#context.emit('job.abandoned', { queue, jobId, attempt, error, traceId: this.#attempted?.span?.traceId })
      return 'abandoned'
    }
    return failureOutcome(this.job, kind.retry ?? defaultRetry, { error, reason })
  }

  async #settle(outcome: Outcome): Promise<number | null> {
    const { queue, id: jobId, attempt } = this.job
    const forgets = this.#kind?.forgetsCompleted === true && outcome.kind === 'completed'
    try {
      // Before the settlement: after it the job is no longer this attempt's to write about.
      if (this.#notes) await this.#notes.close(!forgets)
      const kept = await this.#context.settle({ jobId, attempt, outcome, forgets })
      if (kept) return dueAgainMs(outcome)
      this.#context.emit('job.lost', { queue, jobId, attempt, traceId: this.#attempted?.span?.traceId })
    } catch (error) {
      this.#context.emit('job.abandoned', { queue, jobId, attempt, error, traceId: this.#attempted?.span?.traceId })
    }
    return null
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
