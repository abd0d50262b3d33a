import { expect, test } from 'bun:test'
import type { Effect } from '../ledger.ts'
import { judgeConversation, judgeOrder } from './judge-order.ts'

const line = { name: 'thread 1', runIds: ['r1', 'r2'] }

/** Effects as `run call`, in the order in which they happened. */
const made = (...texts: string[]): Map<string, Effect[]> =>
  Map.groupBy(
    texts.map((text, place) => {
      const [by = '', call = ''] = text.split(' ')
      return { by, call, pid: 1, at: 0, place }
    }),
    ({ by }) => by,
  )

test('runs that take turns are in order, also when one that was cut off acts late', () => {
  expect(judgeOrder(line, made('r1 a', 'r1 b', 'r2 a'))).toEqual([])
  expect(judgeOrder(line, made('r1 a', 'r1 b', 'r2 a', 'r1 b'))).toEqual([])
  expect(judgeOrder(line, made('r2 a'))).toEqual([])
})

test('finds a run that began before the one before it was over', () => {
  const wrong = ['thread 1: run r2 began before run r1, which is before it, was over']
  expect(judgeOrder(line, made('r2 a', 'r1 a'))).toEqual(wrong)
  expect(judgeOrder(line, made('r1 a', 'r2 a', 'r1 b'))).toEqual(wrong)
})

test('finds messages that are missing, twice or in another order', () => {
  const completed = new Set(['r1', 'r2'])
  expect(judgeConversation(line, ['r1', 'r1', 'r2', 'r2'], completed)).toEqual([])
  expect(judgeConversation(line, ['r2', 'r2'], new Set(['r2']))).toEqual([])
  expect(judgeConversation(line, ['r1', 'r1'], completed)).toHaveLength(1)
  expect(judgeConversation(line, ['r2', 'r2', 'r1', 'r1'], completed)).toHaveLength(1)
  expect(judgeConversation(line, ['r1', 'r1', 'r2', 'r2', 'r2', 'r2'], completed)).toHaveLength(1)
})
