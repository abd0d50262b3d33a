import { describe, expect, test } from 'bun:test'
import { deferred } from '../runtime/deferred.ts'
import { cachedReading } from './cached-reading.ts'

describe('a cached reading', () => {
  const limits = { keepMs: 60_000, timeoutMs: 60_000 }

  test('reads once for all who ask at once, and not again while it is fresh', async () => {
    let reads = 0
    const reading = cachedReading(async () => ({ jobs_running: ++reads }), limits)
    const answers = [...(await Promise.all([reading(), reading()])), await reading()]
    expect(answers).toEqual(Array(3).fill({ jobs_running: 1 }))
  })

  test('reads again when it is no longer fresh', async () => {
    let reads = 0
    const reading = cachedReading(async () => ({ jobs_running: ++reads }), { ...limits, keepMs: 0 })
    expect([await reading(), await reading()]).toEqual([{ jobs_running: 1 }, { jobs_running: 2 }])
  })

  test('does not keep a failure', async () => {
    let reads = 0
    const reading = cachedReading(async () => {
      if (++reads === 1) throw new Error('away')
      return { jobs_running: 7 }
    }, limits)
    expect(reading()).rejects.toThrow('away')
    await Promise.resolve()
    expect(await reading()).toEqual({ jobs_running: 7 })
  })

  test('waits no longer than it may, and asks nobody twice meanwhile', async () => {
    let reads = 0
    const late = deferred<object>()
    const reading = cachedReading(
      () => {
        reads++
        return late.promise
      },
      { ...limits, timeoutMs: 1 },
    )
    for (let asked = 0; asked < 3; asked++) expect(await reading().catch(String)).toContain('within 1 ms')
    expect(reads).toBe(1)
    late.resolve({})
    expect(await reading()).toEqual({})
  })
})
