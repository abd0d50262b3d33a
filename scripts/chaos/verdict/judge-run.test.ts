import { expect, test } from 'bun:test'
import type { Effect } from '../ledger.ts'
import { judgeRun } from './judge-run.ts'
import type { EventRecord } from './records.ts'

const asked = (step: number, ...calls: string[]) => ({
  type: 'step.completed',
  data: { step, kind: 'model', content: calls.map(toolCallId => ({ type: 'tool-call', toolCallId })) },
})
const toolStarted = (step: number) => ({ type: 'step.started', data: { step, kind: 'tool' } })
const answered = (step: number, call: string) => ({ type: 'tool.result', data: { step, tool_call_id: call } })
const toolEnded = (step: number) => ({ type: 'step.completed', data: { step, kind: 'tool' } })
const cut = { type: 'run.retrying', data: { reason: 'The worker died or lost its lease.' } }
const completed = { type: 'run.completed', data: {} }

const log = (...events: { type: string; data: object }[]): EventRecord[] =>
  events.map(({ type, data }, index) => ({ seq: index + 1, type, data: JSON.stringify(data) }))
const effects = (...calls: string[]): Effect[] =>
  calls.map((call, place) => ({ by: 'run_1', call, pid: 1, at: 1_000, place }))

const whole = log(asked(1, 'a'), toolStarted(2), answered(2, 'a'), toolEnded(2), asked(3), completed)

const wrongs = (
  events: EventRecord[],
  made: Effect[],
  { status = 'completed', notBefore = null as number | null } = {},
) =>
  judgeRun({ run: { id: 'run_1', status, key: null, fireAt: null }, events }, made, {
    status: ['completed'],
    calls: ['a'],
    notBefore,
  })

test('finds nothing wrong with a run that went well', () => {
  expect(wrongs(whole, effects('a'))).toEqual([])
})

test('allows one more effect for each attempt that was cut off before the result was stored, and no more', () => {
  const events = log(
    asked(1, 'a'),
    toolStarted(2),
    cut,
    toolStarted(2),
    answered(2, 'a'),
    toolEnded(2),
    asked(3),
    completed,
  )
  expect(wrongs(events, effects('a', 'a'))).toEqual([])
  expect(wrongs(events, effects('a', 'a', 'a'))).toEqual(['a was made 3 times, and its attempts were cut off 1 times'])
})

test('allows no repeat for an attempt that was cut off later, or before the call was asked for', () => {
  const late = log(asked(1, 'a'), toolStarted(2), answered(2, 'a'), toolEnded(2), cut, asked(3), completed)
  const early = log(cut, asked(1, 'a'), toolStarted(2), answered(2, 'a'), toolEnded(2), asked(3), completed)
  const repeated = ['a was made 2 times, and its attempts were cut off 0 times']
  expect(wrongs(late, effects('a', 'a'))).toEqual(repeated)
  expect(wrongs(early, effects('a', 'a'))).toEqual(repeated)
})

test('finds effects that are missing, unasked for or too early', () => {
  expect(wrongs(whole, [])).toEqual(['a has a result and no effect'])
  expect(wrongs(whole, effects('a', 'b'))).toEqual(['b was made, and its log does not ask for it'])
  expect(wrongs(whole, effects('a'), { notBefore: 1_250 })).toEqual(['a was made 250 ms too early'])
  expect(wrongs(log(asked(1), completed), [])).toEqual(['a was never asked for'])
})

test('finds a finished step that is begun again', () => {
  const events = log(asked(1, 'a'), toolStarted(2), answered(2, 'a'), toolEnded(2), cut, toolStarted(2), completed)
  expect(wrongs(events, effects('a'))).toEqual(['step 2 was finished by event 4, and event 6 is its step.started'])
})

test('finds a second result of a step', () => {
  const events = log(asked(1, 'a'), answered(2, 'a'), answered(2, 'a'), toolEnded(2), asked(3), completed)
  expect(wrongs(events, effects('a'))).toEqual(['step 2 has a second result, event 3'])
})

test('finds gaps in a log, and ends that are none or not the only one', () => {
  const gap = whole.map(event => (event.seq > 2 ? { ...event, seq: event.seq + 1 } : event))
  expect(wrongs(gap, effects('a'))).toEqual(['its log has 4 where 3 belongs'])
  expect(wrongs(whole.slice(0, -1), effects('a'))).toEqual(['it is completed, and its log ends by nothing'])
  expect(wrongs(log(completed, asked(1, 'a'), answered(2, 'a'), completed), effects('a'))).toEqual([
    'it is completed, and its log ends by 1 run.completed, 4 run.completed',
  ])
})

test('finds a run that came to another end than it had to', () => {
  expect(wrongs(log(asked(1, 'a')), [], { status: 'running' })).toEqual([
    'is running, not completed',
    'it is running, and its log ends by nothing',
  ])
})
