import { expect, test } from 'bun:test'
import type { Planned } from '../work/schedules.ts'
import { judgeOccurrences } from './judge-occurrences.ts'
import type { OccurrenceRecord, RunRecord } from './records.ts'

const first = Date.parse('2026-03-01T12:00:00Z')
const schedule: Planned = { id: 'sch_1', name: 'each second', overlap: 'allow', first, stepMs: 1_000 }

/** An occurrence for each second of these numbers. */
const fired = (...seconds: number[]): OccurrenceRecord[] =>
  seconds.map(second => {
    const fireAt = first + second * 1_000
    return { scheduleId: 'sch_1', fireAt, origin: 'rule', outcome: 'fired', runId: `r${second}`, createdAt: fireAt + 3 }
  })
const runsOf = (occurrences: OccurrenceRecord[]): Map<string, RunRecord> =>
  new Map(
    occurrences.flatMap(({ runId, fireAt }) =>
      runId === null ? [] : [[runId, { id: runId, status: 'completed', key: null, fireAt }]],
    ),
  )

const wrongs = (occurrences: OccurrenceRecord[], given: Partial<Parameters<typeof judgeOccurrences>[0]> = {}) =>
  judgeOccurrences({
    schedule,
    occurrences,
    runs: runsOf(occurrences),
    pausedAt: first + 5_000,
    oneClock: true,
    ...given,
  }).map(text => text.replace('schedule each second: ', ''))

test('finds nothing wrong where each time has one run', () => {
  expect(wrongs(fired(0, 1, 2, 3))).toEqual([])
})

test('finds times that are missing, odd or twice', () => {
  expect(wrongs(fired(0, 2, 3))).toEqual(['did not fire at 2026-03-01T12:00:01.000Z'])
  expect(wrongs(fired(1, 2))).toEqual(['did not fire at 2026-03-01T12:00:00.000Z'])
  expect(wrongs(fired(0, 0.5, 1))).toEqual(['fired at 2026-03-01T12:00:00.500Z, which is no time of its rule'])
  expect(wrongs(fired(0, 1, 1, 2))).toEqual(['has an occurrence twice'])
})

test('finds a schedule that came to a halt', () => {
  const [wrong] = wrongs(fired(0, 1), { pausedAt: first + 60_000 })
  expect(wrong).toStartWith('came to a halt after 2026-03-01T12:00:01.000Z')
  expect(wrongs([], { pausedAt: first + 60_000 })).toHaveLength(1)
})

test('finds an occurrence without its own run, before its time or given up', () => {
  const occurrences = fired(0, 1)
  expect(wrongs(occurrences, { runs: runsOf(fired(0)) })).toHaveLength(1)
  expect(wrongs(occurrences.map(each => ({ ...each, runId: 'r0' })))).toHaveLength(1)
  expect(wrongs(occurrences.map(each => ({ ...each, createdAt: each.fireAt - 5 })))).toHaveLength(2)
  expect(wrongs(occurrences.map(each => ({ ...each, outcome: 'missed', runId: null })))).toHaveLength(2)
})
