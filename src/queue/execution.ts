import { backoffMs } from '../runtime/backoff.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { CancelRequested, Interrupted, LeaseLost } from './abort-reason.ts'
import type { ClaimedJob, Outcome } from './job.ts'
import type { JobKind, Settled } from './kind.ts'

export interface ExecutionContext {
  emit: FactListener
  /** Writes an outcome under the fence; false where the lease was lost. */
  settle(job: ClaimedJob, outcome: Outcome): Promise<boolean>
}

const retryPolicy = { baseMs: 1_000, capMs: 5 * 60_000 }

/** Exactly one attempt of one job. */
export class Execution {
  readonly job: ClaimedJob
  /** Resolves with the milliseconds until the job is due again; null where it has ended, or belongs to others. */
  readonly done: Promise<number | null>
  readonly #abort = new AbortController()

  constructor(job: ClaimedJob, kind: JobKind | undefined, warm: unknown, context: ExecutionContext) {
    this.job = job
    this.done = this.#run(kind, warm, context)
  }

  abort(reason: Error): void {
    this.#abort.abort(reason)
  }

  async #run(kind: JobKind | undefined, warm: unknown, context: ExecutionContext): Promise<number | null> {
    const { job } = this
    const begun = performance.now()
    const end = await this.#outcome(kind, warm, context)
    const outcome = typeof end !== 'string' && end.kind === 'settled' ? end.outcome : end
    context.emit('job.attempted', {
      queue: job.queue,
      kind: job.kind,
      outcome: typeof outcome === 'string' ? outcome : outcome.kind,
      seconds: (performance.now() - begun) / 1000,
    })
    if (typeof outcome === 'string') return null
    if (outcome !== end) return dueAgainMs(outcome)
    try {
      const kept = await context.settle(job, outcome)
      if (kept) return dueAgainMs(outcome)
      context.emit('job.lost', { queue: job.queue, jobId: job.id, attempt: job.attempt })
    } catch (error) {
      context.emit('job.abandoned', { queue: job.queue, jobId: job.id, attempt: job.attempt, error })
    }
    return null
  }

  async #outcome(
    kind: JobKind | undefined,
    warm: unknown,
    context: ExecutionContext,
  ): Promise<Outcome | Settled | 'lost' | 'abandoned'> {
    const { job } = this
    const { signal } = this.#abort
    if (!kind) return { kind: 'discard', message: `This program knows no job kind "${job.kind}".` }
    try {
      return await kind.perform({ job, signal, warm, log: () => {}, progress: () => {} })
    } catch (error) {
      if (error instanceof LeaseLost || signal.reason instanceof LeaseLost) {
        context.emit('job.lost', { queue: job.queue, jobId: job.id, attempt: job.attempt })
        return 'lost'
      }
      if (kind.settlesItself) {
        context.emit('job.abandoned', { queue: job.queue, jobId: job.id, attempt: job.attempt, error })
        return 'abandoned'
      }
      if (signal.reason instanceof Interrupted) return { kind: 'interrupted' }
      if (signal.reason instanceof CancelRequested) return { kind: 'cancel' }
      const message = error instanceof Error ? error.message : String(error)
      if (job.attempt >= job.maxAttempts) return { kind: 'discard', message }
      return { kind: 'retry', delayMs: backoffMs(retryPolicy, job.attempt), message }
    }
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
