import { expect, test } from 'bun:test'
import { slope, slopeError } from './statistics.ts'

test('the slope is that of the line which the points are nearest to', () => {
  expect(slope([0, 1, 2, 3].map(x => [x, 5 + 2 * x]))).toBeCloseTo(2)
  expect(slope([0, 1, 2, 3].map(x => [x, 7]))).toBe(0)
  // By hand: means 1 and 2, (-1·-2 + 0·1 + 1·1) / 2.
  expect(
    slope([
      [0, 0],
      [1, 3],
      [2, 3],
    ]),
  ).toBeCloseTo(1.5)
  expect(slope([[1, 1]])).toBeNaN()
})

test('a slope is sure where the points lie on a line, and the less so the more they scatter about it', () => {
  const scattered = (by: number) => Array.from({ length: 100 }, (_, x) => [x, x + by * (x % 20 < 10 ? 1 : -1)] as const)
  expect(slopeError(scattered(0))).toBeCloseTo(0)
  expect(slopeError(scattered(10))).toBeCloseTo(10 * slopeError(scattered(1)))
  // Each of the ten stretches is off by one: √(10 / 8), over √(100 · 82.5) for how far apart they are.
  expect(slopeError(scattered(1))).toBeCloseTo(0.0123, 3)
})
