import { type BackoffPolicy, backoffMs } from '../runtime/backoff.ts'
import { CancelRequested, Interrupted, TimedOut } from './abort-reason.ts'
import type { ClaimedJob, Outcome } from './job.ts'
import { NonRetryable } from './non-retryable.ts'

export const defaultRetry: BackoffPolicy = { baseMs: 1_000, capMs: 5 * 60_000 }

/**
 * What a thrown error comes to.
 * @param reason why the attempt was told to stop; undefined where it was not
 */
export function failureOutcome(
  job: ClaimedJob,
  retry: BackoffPolicy,
  { error, reason }: { error: unknown; reason: Error | undefined },
): Outcome {
  if (reason instanceof Interrupted) return { kind: 'interrupted' }
  if (reason instanceof CancelRequested) return { kind: 'cancel' }
  if (error instanceof NonRetryable) return { kind: 'discard', message: error.message }
  const failure = reason instanceof TimedOut ? reason : error
  const message = failure instanceof Error ? failure.message : String(failure)
  return withinAttempts(job, { kind: 'retry', delayMs: backoffMs(retry, job.attempt), message })
}

/** A retry, also one that the handler asks for, comes only where an attempt is left. */
export function withinAttempts<O extends { kind: string }>(job: ClaimedJob, outcome: O): O | Outcome {
  if (!isRetry(outcome) || job.attempt < job.maxAttempts) return outcome
  return { kind: 'discard', message: outcome.message }
}

const isRetry = (outcome: { kind: string }): outcome is Outcome & { kind: 'retry' } => outcome.kind === 'retry'
