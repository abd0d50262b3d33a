import { expect, test } from 'bun:test'
import { slope } from './statistics.ts'

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
