/** Buckets hold a minute's worth of requests and fill steadily. */
export const windowMs = 60_000

/** One count to take from. */
export interface Bucket {
  /** Of all processes: no two limits share it. */
  id: string
  perMinute: number
}

export interface Level {
  allowed: boolean
  /** Until the bucket would be full again. */
  fullInMs: number
  /** Until there is one more; 0 where this one was allowed. */
  retryInMs: number
}

/** Counts of requests by bucket. Takes one from each bucket, or none from any where one of them is empty. */
export interface Counter {
  take(buckets: readonly Bucket[]): Level[] | Promise<Level[]>
}

/**
 * What taking one at `now` makes of a bucket that was to be full at `fullAt`: that one number is all there is to know
 * of it. (The generic cell rate algorithm.)
 */
export function taken(fullAt: number, perMinute: number, now: number): Level {
  const full = Math.max(fullAt, now) + windowMs / perMinute
  const over = full - now - windowMs
  // Sums of fractions: a hair's breadth is nothing.
  if (over > 1e-3) return { allowed: false, fullInMs: Math.max(0, fullAt - now), retryInMs: over }
  return { allowed: true, fullInMs: full - now, retryInMs: 0 }
}

export const remaining = ({ fullInMs }: Level, perMinute: number): number =>
  Math.max(0, Math.floor(((windowMs - fullInMs) * perMinute) / windowMs + 1e-6))
