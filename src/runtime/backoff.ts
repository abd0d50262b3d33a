export interface BackoffPolicy {
  baseMs: number
  capMs: number
}

const floor = 0.1

/**
 * Exponential backoff with full jitter: uniform up to a ceiling that doubles with each attempt, so that jobs which failed
 * together do not come back together, but at least a tenth of the ceiling, so that a retry never comes at once.
 * @param attempt the attempt that just failed, from 1
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30))
  return Math.round(ceiling * (floor + (1 - floor) * random()))
}
