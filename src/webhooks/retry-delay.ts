const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** Waits after each attempt that failed: some twenty-three hours in all. */
const waitsMs = [
  5 * second,
  30 * second,
  2 * minute,
  10 * minute,
  30 * minute,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
] as const

/** Attempts of a delivery, until it is replayed. */
export const maxTries = waitsMs.length + 1

/** A receiver may ask for a longer wait, up to this. */
const longestAskedMs = 12 * hour

/** Later by up to a fifth, so that what failed together does not come back together. */
const jitter = 0.2

/**
 * Milliseconds until the next attempt.
 * @param attempt the attempt that just failed, from 1
 * @param askedMs what the receiver said by `retry-after`; null: nothing
 */
export function retryDelayMs(attempt: number, askedMs: number | null, random: () => number = Math.random): number {
  const waitMs = waitsMs[Math.min(attempt, waitsMs.length) - 1] ?? second
  return Math.round(Math.max(waitMs, Math.min(askedMs ?? 0, longestAskedMs)) * (1 + jitter * random()))
}

/** What `retry-after` asks for, in milliseconds: seconds, or a date. */
export function askedDelayMs(header: string | null, now: number): number | null {
  if (header === null) return null
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * second
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
