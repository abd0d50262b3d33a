export interface BackoffPolicy {
  baseMs: number
  capMs: number
}

/**
 * Exponential backoff with equal jitter: half of the delay is certain, so that a retry never comes at once,
 * and half is random, so that jobs which failed together do not come back together.
 * @param attempt the attempt that just failed, from 1
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30))
  return Math.round(ceiling / 2 + (random() * ceiling) / 2)
}
