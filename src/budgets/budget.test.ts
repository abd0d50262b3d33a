import { describe, expect, test } from 'bun:test'
import { near, reached } from '../agents/limits.ts'
import { periodOf } from './budget.ts'

describe('the period of a budget', () => {
  // Midnight in Shanghai, the day before in New York.
  const at = Date.parse('2026-11-30T16:30:00Z')

  test.each([
    ['day', 'UTC', '2026-11-30'],
    ['day', 'Asia/Shanghai', '2026-12-01'],
    ['day', 'America/New_York', '2026-11-30'],
    ['month', 'UTC', '2026-11'],
    ['month', 'Asia/Shanghai', '2026-12'],
    ['total', 'Asia/Shanghai', 'total'],
  ] as const)('%s in %s is %s', (period, timezone, expected) => {
    expect(periodOf({ period, timezone }, at)).toBe(expected)
  })
})

describe('ceilings', () => {
  const spent = { tokens: 80, costUsd: 1, steps: 3, seconds: 10 }

  test('are reached when nothing is left, and near from four fifths on', () => {
    expect(reached({ max_tokens: 81 }, spent)).toBeNull()
    expect(reached({ max_tokens: 80 }, spent)).toBe('80 of 80 tokens')
    expect(near({ max_tokens: 100 }, spent)).toBe('80 of 100 tokens')
    expect(near({ max_tokens: 101 }, spent)).toBeNull()
  })

  test('hold each for itself', () => {
    expect(reached({ max_tokens: 1_000, max_cost_usd: 0.5 }, spent)).toBe('1 of 0.5 US dollars')
    expect(reached({ max_steps: 3 }, spent)).toBe('3 of 3 model calls')
    expect(reached({ max_seconds: 9.5 }, spent)).toBe('10 of 9.5 seconds')
    expect(reached({}, spent)).toBeNull()
  })
})
