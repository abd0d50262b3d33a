import type { Run } from './run.ts'

/** The run's own time is up, counted from its first start, without what it has waited for others. */
export class RunTimedOut extends Error {
  override readonly name = 'RunTimedOut'
}

/** Milliseconds until the run's time is up; infinite without a limit. */
export const timeLeftMs = ({ startedAt, timeoutSeconds, waitedMs }: Run, now: number): number =>
  timeoutSeconds === null ? Number.POSITIVE_INFINITY : (startedAt ?? now) + waitedMs + timeoutSeconds * 1000 - now

/** Aborts with the attempt, and when the run's time limit ends. */
export function runSignal(run: Run, attempt: AbortSignal, now: number): AbortSignal {
  if (run.timeoutSeconds === null) return attempt
  const timedOut = new RunTimedOut(`The run did not finish within ${run.timeoutSeconds} s.`)
  const left = timeLeftMs(run, now)
  if (left <= 0) return AbortSignal.abort(timedOut)
  const limit = new AbortController()
  AbortSignal.timeout(left).addEventListener('abort', () => limit.abort(timedOut))
  return AbortSignal.any([attempt, limit.signal])
}
