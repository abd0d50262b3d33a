import { describe, expect, test } from 'bun:test'
import { Allowance, type Bucket, nextTokenMs, tokensIn } from './limits.ts'
import { type QueueSettings, unlimitedQueue } from './queue-settings.ts'

const now = 1_000_000
const rate = { limit: 10, periodMs: 1_000 }
const bucket = (given: Partial<Bucket> = {}): Bucket => ({
  key: '',
  tokens: 0,
  refilledAt: now,
  pausedUntil: null,
  ...given,
})

describe('a bucket of tokens', () => {
  test('is full when nobody has taken any', () => expect(tokensIn(undefined, rate, now)).toBe(10))
  test('is refilled all the time', () => {
    expect(tokensIn(bucket({ refilledAt: now - 250 }), rate, now)).toBe(2.5)
  })
  test('never holds more than the limit, also after the limit was lowered', () => {
    expect(tokensIn(bucket({ refilledAt: 0 }), rate, now)).toBe(10)
    expect(tokensIn(bucket({ tokens: 100 }), rate, now)).toBe(10)
  })
  test('loses nothing when the clock steps back', () => {
    expect(tokensIn(bucket({ tokens: 3, refilledAt: now + 5_000 }), rate, now)).toBe(3)
  })
  test('says when there will be a token', () => {
    expect(nextTokenMs(0, rate)).toBe(100)
    expect(nextTokenMs(0.75, rate)).toBe(25)
    expect(nextTokenMs(1, rate)).toBe(0)
    expect(nextTokenMs(0, { limit: 3, periodMs: 1_000 })).toBe(334)
  })
})

describe('an allowance', () => {
  const allowance = (
    settings: Partial<QueueSettings>,
    { byKey = {}, queue }: { byKey?: Record<string, number>; queue?: Bucket } = {},
  ) => {
    const counts = new Map(Object.entries(byKey))
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    return new Allowance({ ...unlimitedQueue('q'), ...settings }, { total, byKey: counts }, queue, now)
  }
  const taken = (from: Allowance, key: string | null) => {
    let jobs = 0
    while (jobs < 1_000 && from.take(key)) jobs++
    return jobs
  }

  test('is endless without limits', () => {
    const all = allowance({})
    expect(all.left).toBe(Number.POSITIVE_INFINITY)
    expect(taken(all, 'key')).toBe(1_000)
    expect(all.charged()).toEqual([])
  })

  test('counts what runs already', () => {
    const all = allowance({ concurrency: 5 }, { byKey: { a: 2, b: 1 } })
    expect(all.left).toBe(2)
    expect(taken(all, null)).toBe(2)
    expect(all.waitMs).toBe(Number.POSITIVE_INFINITY)
  })

  test('counts each key by itself', () => {
    const all = allowance({ keyConcurrency: 2 }, { byKey: { a: 1, full: 2 } })
    expect([taken(all, 'a'), taken(all, 'b'), taken(all, 'full')]).toEqual([1, 2, 0])
    expect(all.fullKeys.sort()).toEqual(['a', 'b', 'full'])
    expect(taken(all, null)).toBe(1_000)
  })

  test('gives as many as there are tokens, and says what is left of them', () => {
    const all = allowance({ rate, keyRate: { limit: 2, periodMs: 1_000 } }, { queue: bucket({ tokens: 4.5 }) })
    all.know([bucket({ key: 'a', tokens: 1 })])
    expect([taken(all, 'a'), taken(all, 'b'), taken(all, null)]).toEqual([1, 2, 1])
    expect(all.charged()).toEqual([
      bucket({ tokens: 0.5 }),
      bucket({ key: 'a', tokens: 0 }),
      bucket({ key: 'b', tokens: 0 }),
    ])
    expect(all.waitMs).toBe(50)
  })

  test('takes back what could not begin', () => {
    const all = allowance({ concurrency: 1, keyConcurrency: 1, rate: { limit: 1, periodMs: 1 } })
    expect([all.take('a'), all.take('a')]).toEqual([true, false])
    all.giveBack('a')
    expect(all.take('a')).toBe(true)
  })

  test('is nothing while the queue is paused, or its bucket is', () => {
    expect(allowance({ pausedAt: now }).left).toBe(0)
    const until = allowance({}, { queue: bucket({ pausedUntil: now + 70 }) })
    expect([until.left, until.waitMs]).toEqual([0, 70])
    expect(allowance({}, { queue: bucket({ pausedUntil: now }) }).left).toBe(Number.POSITIVE_INFINITY)
  })

  test('gives nothing of a key that is paused', () => {
    const all = allowance({})
    all.know([bucket({ key: 'a', pausedUntil: now + 1 })])
    expect([all.take('a'), all.take('b')]).toEqual([false, true])
  })
})
