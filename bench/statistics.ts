/** The value below which the given share (0–1) of the values lies. Sorts a copy. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5)

export type Point = readonly [x: number, y: number]

/** How much y grows with each x, by least squares; NaN of fewer than two points. */
export function slope(points: readonly Point[]): number {
  const [meanX, meanY] = [mean(points, 0), mean(points, 1)]
  const together = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  return together / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
}

/**
 * How far off the slope may well be: its standard error, of the means of so many stretches of the points, as what is
 * measured from one second to the next has much to do with each other.
 */
export function slopeError(points: readonly Point[], stretches = 10): number {
  const means = Array.from({ length: stretches }, (_, index): Point => {
    const of = points.slice((index * points.length) / stretches, ((index + 1) * points.length) / stretches)
    return [mean(of, 0), mean(of, 1)]
  })
  const grows = slope(means)
  const [meanX, meanY] = [mean(means, 0), mean(means, 1)]
  const off = means.reduce((sum, [x, y]) => sum + (y - meanY - grows * (x - meanX)) ** 2, 0)
  return Math.sqrt(off / (stretches - 2) / means.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0))
}

const mean = (points: readonly Point[], of: 0 | 1): number =>
  points.reduce((sum, point) => sum + point[of], 0) / points.length
