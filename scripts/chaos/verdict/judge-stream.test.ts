import { expect, test } from 'bun:test'
import { judgeStream } from './judge-stream.ts'

const events = ['run.created', 'text.delta', 'run.completed'].map((type, index) => ({
  seq: index + 1,
  type,
  data: `{"number":${index}}`,
}))

test('finds nothing wrong with a reader that has the log', () => {
  expect(judgeStream({ frames: [...events] }, events)).toEqual([])
})

test('finds what a reader missed, got twice, got in other words or never got', () => {
  const [first, second, third] = events
  if (!first || !second || !third) throw new Error('there are three')
  const wrongs = [
    [first, third],
    [first, second, second, third],
    [first, { ...second, data: '{}' }, third],
    [first, second],
  ]
  for (const frames of wrongs) expect(judgeStream({ frames }, events)).toHaveLength(1)
})
