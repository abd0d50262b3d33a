import type { GaugeValues } from '../telemetry/gauges.ts'

interface Limits {
  /** What was read is told again for so long: scraping more often costs nothing. */
  keepMs: number
  /** A scrape waits so long for it. */
  timeoutMs: number
}

/** Never reads twice at once, and not again while what it has read is fresh. Failures are not kept. */
export function cachedReading(read: () => Promise<GaugeValues>, { keepMs, timeoutMs }: Limits) {
  let underWay: Promise<GaugeValues> | undefined
  let kept: { values: GaugeValues; until: number } | undefined
  const begin = async (): Promise<GaugeValues> => {
    try {
      const values = await read()
      kept = { values, until: performance.now() + keepMs }
      return values
    } finally {
      underWay = undefined
    }
  }
  return async (): Promise<GaugeValues> => {
    if (kept && performance.now() < kept.until) return kept.values
    underWay ??= begin()
    return within(underWay, timeoutMs)
  }
}

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  // Nobody listens any more where the work was quicker.
  late.promise.catch(() => {})
  const limit = AbortSignal.timeout(timeoutMs)
  limit.addEventListener('abort', () => late.reject(new Error(`Nothing was read within ${timeoutMs} ms.`)))
  return Promise.race([work, late.promise])
}
