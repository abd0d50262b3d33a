import { NonRetryable, RetryLater, Snooze } from '../../agents/define.ts'
import { describeIssues } from '../../agents/tools/describe-issues.ts'
import { thrownMessage } from '../../agents/tools/thrown.ts'
import type { Json } from '../../json.ts'
import type { Outcome } from '../../queue/job.ts'
import type { Attempt, JobKind } from '../../queue/kind.ts'
import type { LoadedJob } from './load.ts'

/** What the queue is told of a job from a file. */
export function jobKind(job: LoadedJob): JobKind {
  const { name, retry, keepCompleted = true } = job.definition
  const { baseSeconds = 1, capSeconds = Math.max(300, baseSeconds) } = retry ?? {}
  return {
    kind: name,
    retry: { baseMs: baseSeconds * 1000, capMs: capSeconds * 1000 },
    forgetsCompleted: !keepCompleted,
    settlesItself: false,
    perform: attempt => performJob(job, attempt),
  }
}

async function performJob({ definition, checkInput }: LoadedJob, attempt: Attempt): Promise<Outcome> {
  const { job, signal, log, progress, span } = attempt
  const checked = await checkInput(job.payload)
  if (!checked.ok) return { kind: 'discard', message: `The payload does not fit: ${describeIssues(checked.issues)}` }
  signal.throwIfAborted()
  let returned: unknown
  try {
    // Safe: the input has passed the schema from which the definition took its type.
    returned = await definition.run(checked.value as Record<string, unknown>, {
      jobId: job.id,
      attempt: job.attempt,
      maxAttempts: job.maxAttempts,
      idempotencyKey: job.id,
      signal,
      traceHeaders: span?.headers ?? {},
      log: message => log(message),
      progress: value => progress(JSON.parse(JSON.stringify(value) ?? 'null')),
    })
  } catch (error) {
    // Whatever it throws once it has been told to stop is only an echo of that.
    const outcome = signal.aborted ? undefined : wantedOutcome(error)
    if (outcome === undefined) throw error
    return outcome
  }
  // Safe: what is kept is what JSON makes of it, and nothing where it can make nothing.
  return returned === undefined ? { kind: 'completed' } : { kind: 'completed', result: returned as Json }
}

/** What a handler asked for by what it threw; undefined: it just failed. */
function wantedOutcome(error: unknown): Outcome | undefined {
  if (error instanceof NonRetryable) return { kind: 'discard', message: thrownMessage(error) }
  if (error instanceof Snooze) return { kind: 'snooze', delayMs: delayMs(error.seconds) }
  if (!(error instanceof RetryLater)) return undefined
  return { kind: 'retry', delayMs: delayMs(error.seconds), message: thrownMessage(error), pausesKey: error.pauseKey }
}

const longestDelaySeconds = 31_536_000

/** Handlers are often JavaScript: what is no number of seconds is none at all. */
const delayMs = (seconds: number): number =>
  seconds > 0 ? Math.ceil(Math.min(seconds, longestDelaySeconds) * 1000) : 0
