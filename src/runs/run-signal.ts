import type { Run } from './run.ts'

/** The run's own time is up, counted from its first start. */
export class RunTimedOut extends Error {
  override readonly name = 'RunTimedOut'
}

/** Aborts with the attempt, and when the run's time limit ends. */
export function runSignal(run: Run, attempt: AbortSignal, now: number): AbortSignal {
  if (run.timeoutSeconds === null) return attempt
  const limit = new AbortController()
  const left = (run.startedAt ?? now) + run.timeoutSeconds * 1000 - now
  const timeout = AbortSignal.timeout(Math.max(0, left))
  timeout.addEventListener('abort', () =>
    limit.abort(new RunTimedOut(`The run did not finish within ${run.timeoutSeconds} s.`)),
  )
  return AbortSignal.any([attempt, limit.signal])
}
