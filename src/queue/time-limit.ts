/** An attempt whose time is over may take so long to clean up. Then its outcome is written without it. */
const graceMs = 1_000

/** What timers can wait at most. */
const longestMs = 2_147_483_647

export const overdue = Symbol('overdue')

/**
 * Waits for the work, at most `limitMs`: then `onLimit` is to tell it to stop, and what it comes to within the grace
 * still counts. `overdue`: it did not stop, and what it comes to later is ignored.
 */
export async function withinTime<T>(
  work: Promise<T>,
  limitMs: number,
  onLimit: () => void,
): Promise<T | typeof overdue> {
  const { promise, resolve } = Promise.withResolvers<typeof overdue>()
  let timer = setTimeout(
    () => {
      timer = setTimeout(resolve, graceMs, overdue)
      onLimit()
    },
    Math.min(limitMs, longestMs),
  )
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
