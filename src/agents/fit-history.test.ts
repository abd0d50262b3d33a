import { expect, test } from 'bun:test'
import { estimateTokens, fitHistory, type HistoryEntry } from './fit-history.ts'

const say = (position: number, role: 'system' | 'user' | 'assistant', content: string): HistoryEntry => ({
  position,
  message: { role, content },
})
const talk = Array.from({ length: 6 }, (_, index) =>
  say(index + 1, index % 2 === 0 ? 'user' : 'assistant', 'x'.repeat(32)),
)
const places = (entries: HistoryEntry[]) => entries.map(({ position }) => position)

test('keeps the newest messages, in order', () => {
  const { kept, left } = fitHistory(talk, { maxMessages: 2, maxTokens: null })
  expect([places(kept), places(left)]).toEqual([
    [5, 6],
    [1, 2, 3, 4],
  ])
})

test('keeps what fits by tokens', () => {
  expect(estimateTokens({ content: 'x'.repeat(32) })).toBe(16)
  expect(places(fitHistory(talk, { maxMessages: 200, maxTokens: 50 }).kept)).toEqual([4, 5, 6])
})

test('leaves out all before one that is too long', () => {
  const long = [say(1, 'user', 'short'), say(2, 'assistant', 'x'.repeat(4_000)), say(3, 'user', 'short')]
  expect(places(fitHistory(long, { maxMessages: 200, maxTokens: 100 }).kept)).toEqual([3])
})

test('keeps system messages wherever they stand', () => {
  const ruled = [say(1, 'system', 'be kind'), ...talk.map(entry => ({ ...entry, position: entry.position + 1 }))]
  expect(places(fitHistory(ruled, { maxMessages: 1, maxTokens: null }).kept)).toEqual([1, 7])
})

test('keeps nothing where nothing fits', () => {
  expect(fitHistory(talk, { maxMessages: 200, maxTokens: 0 }).kept).toEqual([])
})
