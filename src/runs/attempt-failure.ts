import { ModelFailed } from '../agents/model-failed.ts'
import { StepLimitReached } from '../agents/model-step.ts'
import { UnknownModelError } from '../agents/models/unknown-model.ts'
import { OutputUnfit } from '../agents/output.ts'
import { CallRefused } from '../agents/wait.ts'
import { BudgetExceeded } from '../budgets/budget-exceeded.ts'
import type { AppContext } from '../context.ts'
import { isOutage } from '../db/failure.ts'
import { McpDown } from '../mcp/mcp-down.ts'
import { CancelRequested, Interrupted } from '../queue/abort-reason.ts'
import type { ClaimedJob, Outcome } from '../queue/job.ts'
import { backoffMs } from '../runtime/backoff.ts'
import type { Span } from '../telemetry/tracing/tracer.ts'
import { AgentUnavailable } from './agent-unavailable.ts'
import { type RunError, runUsage } from './run.ts'
import type { RunLog } from './run-log.ts'
import { RunTimedOut, timeLeftMs } from './run-signal.ts'

type Needs = Pick<AppContext, 'clock' | 'emit'>

const retryPolicy = { baseMs: 1_000, capMs: 60_000 }

type Verdict =
  | { kind: 'cancel'; reason: string }
  | { kind: 'interrupt'; reason: string }
  | { kind: 'retry'; error: RunError; afterMs: number | null; isRateLimited: boolean }
  | { kind: 'fail'; error: RunError }

/** Decides what an attempt that threw means for its run, appends that to the log, and returns the job's outcome. */
export function attemptFailure(
  app: Needs,
  log: RunLog,
  job: ClaimedJob,
  { error, signal, span }: { error: unknown; signal: AbortSignal; span?: Span | undefined },
): Outcome {
  const { traceId } = span ?? {}
  const verdict = judge(error, signal)
  if (verdict.kind === 'retry' && verdict.error.code === 'internal') {
    app.emit('run.failed_unexpectedly', { runId: log.run.id, attempt: job.attempt, error, traceId })
  }
  switch (verdict.kind) {
    case 'interrupt':
      log.append({ type: 'run.interrupted', data: { attempt: job.attempt, reason: verdict.reason } })
      log.update({ status: 'queued' })
      return { kind: 'interrupted' }
    case 'cancel':
      log.update({
        status: 'cancelled',
        finishedAt: log.append({ type: 'run.cancelled', data: { reason: verdict.reason, usage: runUsage(log.run) } }),
      })
      return { kind: 'cancel' }
    case 'retry':
      if (job.attempt < job.maxAttempts) return retry(app, log, job, { ...verdict, traceId })
      return fail(log, verdict.error)
    case 'fail':
      return fail(log, verdict.error)
  }
}

function judge(error: unknown, signal: AbortSignal): Verdict {
  if (signal.reason instanceof Interrupted) return { kind: 'interrupt', reason: 'shutdown' }
  if (signal.reason instanceof CancelRequested) return { kind: 'cancel', reason: 'Cancelled on request.' }
  if (error instanceof RunTimedOut) return failure('timeout', error.message)
  if (error instanceof StepLimitReached) return failure('step_limit', error.message)
  if (error instanceof OutputUnfit) {
    return failure(
      'output_invalid',
      `The answer does not fit its schema, also when it was asked for again: ${error.message}.`,
    )
  }
  if (error instanceof BudgetExceeded) return failure('budget_exceeded', error.message)
  if (error instanceof CallRefused) return failure('call_refused', error.message)
  if (error instanceof AgentUnavailable) return failure('agent_unavailable', error.message)
  if (error instanceof ModelFailed && error.cause instanceof UnknownModelError) {
    return failure('agent_unavailable', error.cause.message)
  }
  if (error instanceof ModelFailed) {
    const { retryable, message, retryAfterMs, status } = error.failure
    if (!retryable) return failure('provider_error', message)
    const isRateLimited = status === 429 && retryAfterMs !== null && retryAfterMs > 0
    return { kind: 'retry', error: { code: 'provider_error', message }, afterMs: retryAfterMs, isRateLimited }
  }
  if (error instanceof McpDown) {
    return {
      kind: 'retry',
      error: { code: 'tools_unavailable', message: error.message },
      afterMs: null,
      isRateLimited: false,
    }
  }
  // No fault of the attempt's, so it does not count. That is written when the database is back.
  if (isOutage(error)) return { kind: 'interrupt', reason: 'database' }
  // Nobody foresaw it, so its text is not for clients. Trying again does no harm: no finished step is repeated.
  const internal = { code: 'internal', message: 'An internal error ended the attempt.' }
  return { kind: 'retry', error: internal, afterMs: null, isRateLimited: false }
}

const failure = (code: string, message: string): Verdict => ({ kind: 'fail', error: { code, message } })

function retry(
  app: Needs,
  log: RunLog,
  job: ClaimedJob,
  { error, afterMs, isRateLimited, traceId }: Extract<Verdict, { kind: 'retry' }> & { traceId: string | undefined },
): Outcome {
  const delayMs = afterMs ?? backoffMs(retryPolicy, job.attempt)
  if (delayMs >= timeLeftMs(log.run, app.clock.now())) {
    // Known now, so told now: nobody waits for an attempt that would come too late.
    const message = `The next attempt would begin after the ${log.run.timeoutSeconds} s of the run. The last one failed: ${error.message}`
    return fail(log, { code: 'timeout', message })
  }
  const { id: runId, agent } = log.run
  log.append({
    type: 'run.retrying',
    data: { attempt: job.attempt, reason: error.message, delay_seconds: delayMs / 1000 },
  })
  log.update({ status: 'queued' })
  app.emit('run.retrying', { runId, agent, attempt: job.attempt, delayMs, reason: error.message, traceId })
  // Its limit key is the model: other runs need not find out one by one that it answers nobody.
  return { kind: 'retry', delayMs, message: error.message, ...(isRateLimited && { pausesKey: true }) }
}

function fail(log: RunLog, error: RunError): Outcome {
  const finishedAt = log.append({ type: 'run.failed', data: { error, usage: runUsage(log.run) } })
  log.update({ status: 'failed', error, finishedAt })
  return { kind: 'discard', message: error.message }
}
