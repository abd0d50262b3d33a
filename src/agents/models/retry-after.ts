const hourMs = 3_600_000

/** From the headers `retry-after-ms` and `retry-after` (seconds, or an HTTP date); null when neither says anything. At most an hour. */
export const retryAfterMs = (exact: string | null, rough: string | null, now: number): number | null => {
  const ms =
    parse(exact, Number) ?? parse(rough, text => Number(text) * 1000) ?? parse(rough, text => Date.parse(text) - now)
  return ms === null ? null : Math.min(Math.max(ms, 0), hourMs)
}

const parse = (text: string | null, read: (text: string) => number): number | null => {
  const ms = text === null ? Number.NaN : read(text)
  return Number.isNaN(ms) ? null : ms
}
