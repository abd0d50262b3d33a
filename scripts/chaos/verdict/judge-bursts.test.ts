import { expect, test } from 'bun:test'
import type { Effect } from '../ledger.ts'
import { countBursts, judgeBursts } from './judge-bursts.ts'

const effects = (made: Record<string, number[]>): Map<string, Effect[]> =>
  new Map(
    Object.entries(made).map(([by, attempts]) => [
      by,
      attempts.map((attempt, place) => ({ by, call: String(attempt), pid: 1, at: 1_000, brief: true, place })),
    ]),
  )

test('finds nothing wrong with brief jobs that acted once in each attempt', () => {
  const made = effects({ job_1: [1], job_2: [1, 2] })
  const offered = { promised: ['job_1', 'job_2'], unsure: 0 }
  expect(judgeBursts(offered, made)).toEqual([])
  expect(countBursts(offered, made)).toContainEqual(['brief effects repeated after a loss', 1])
})

test('finds one that never acted, one that acted twice in an attempt, and one that nobody wanted', () => {
  expect(judgeBursts({ promised: ['job_1'], unsure: 0 }, effects({}))).toEqual([
    'brief job job_1 was promised, and has no effect',
  ])
  expect(judgeBursts({ promised: ['job_1'], unsure: 0 }, effects({ job_1: [1, 1] }))).toEqual([
    'brief job job_1 has two effects of one attempt: 1, 1',
  ])
  expect(judgeBursts({ promised: [], unsure: 0 }, effects({ job_1: [1] }))).toEqual([
    'brief job job_1: nobody has asked for it',
  ])
  expect(judgeBursts({ promised: [], unsure: 1 }, effects({ job_1: [1] }))).toEqual([])
})
