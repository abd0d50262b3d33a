import { expect, test } from 'bun:test'
import type { Effect } from '../ledger.ts'
import { type JobRecord, judgeJob } from './judge-job.ts'

const wanted = { key: 'job-1', ms: 1, failures: 0, fatal: false, delaySeconds: 0, dependsOn: [] }
const loss = { attempt: 1, message: 'The worker died or lost its lease.' }

const effects = (...attempts: number[]): Effect[] =>
  attempts.map((attempt, place) => ({ by: 'job_1', call: String(attempt), pid: 1, at: 1_000, place }))

const wrongs = (job: Partial<JobRecord>, made: Effect[], given: Partial<Parameters<typeof judgeJob>[0]> = {}) =>
  judgeJob({
    job: { id: 'job_1', state: 'completed', attempt: 1, key: 'job-1', errors: [], ...job },
    effects: made,
    wanted,
    notBefore: null,
    ...given,
  })

test('finds nothing wrong with a job that acted once, or once more after a lost attempt', () => {
  expect(wrongs({}, effects(1))).toEqual([])
  expect(wrongs({ attempt: 2, errors: [loss] }, effects(1, 2))).toEqual([])
})

test('finds effects that are missing, too many, twice of one attempt or too early', () => {
  expect(wrongs({}, [])).toEqual(['has completed without its effect'])
  expect(wrongs({ attempt: 2 }, effects(1, 2))).toEqual(['has 2 effects, and lost 0 attempts'])
  expect(wrongs({ attempt: 2, errors: [loss] }, effects(2, 2))).toEqual(['has two effects of one attempt: 2, 2'])
  expect(wrongs({}, effects(2))).toEqual(['has effects of attempts 2, and its last one is 1'])
  expect(wrongs({}, effects(1), { notBefore: 1_500 })).toEqual(['acted 500 ms too early'])
})

test('finds another end, and failures that nobody planned', () => {
  expect(wrongs({ state: 'available' }, effects(1))).toEqual(['is available, not completed'])
  expect(wrongs({}, effects(1), { wanted: { ...wanted, fatal: true } })).toEqual([
    'is completed, not discarded',
    'has an effect, and was to have none',
  ])
  expect(wrongs({ errors: [{ attempt: 1, message: 'Oh.' }] }, effects(1))).toHaveLength(1)
})
