import { describe, expect, test } from 'bun:test'
import { backoffMs } from './backoff.ts'

const policy = { baseMs: 1_000, capMs: 60_000 }
const least = () => 0
const most = () => 1

describe('backoff', () => {
  test('doubles its ceiling with each attempt until the cap', () => {
    const ceilings = [1, 2, 3, 6, 7, 8].map(attempt => backoffMs(policy, attempt, most))
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000])
  })

  test('never comes before a tenth of its ceiling', () => {
    expect(backoffMs(policy, 1, least)).toBe(100)
    expect(backoffMs(policy, 3, least)).toBe(400)
    expect(backoffMs(policy, 100, least)).toBe(6_000)
  })

  test('uses all that lies between, evenly', () => {
    const delays = [0, 0.25, 0.5, 0.75, 1].map(share => backoffMs(policy, 1, () => share))
    expect(delays).toEqual([100, 325, 550, 775, 1_000])
  })

  test('stays at the cap for any number of attempts', () => {
    expect(backoffMs(policy, 10_000, most)).toBe(60_000)
  })

  test('spreads attempts that failed together', () => {
    const delays = Array.from({ length: 100 }, () => backoffMs(policy, 5))
    expect(new Set(delays).size).toBeGreaterThan(50)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(1_600)
    expect(Math.max(...delays)).toBeLessThanOrEqual(16_000)
  })
})
