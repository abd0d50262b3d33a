import { expect, test } from 'bun:test'
import { retryAfterMs } from './retry-after.ts'

const now = Date.parse('2026-03-01T12:00:00Z')

test.each([
  [null, null, null],
  [null, '7', 7_000],
  [null, '1.5', 1_500],
  ['250', '7', 250],
  ['soon', '7', 7_000],
  [null, 'Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  [null, 'Sun, 01 Mar 2026 11:00:00 GMT', 0],
  [null, '-5', 0],
  [null, '86400', 3_600_000],
  [null, 'next week', null],
])('reads retry-after-ms %p and retry-after %p as %p ms', (exact, rough, expected) => {
  expect(retryAfterMs(exact, rough, now)).toBe(expected)
})
