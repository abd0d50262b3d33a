import { expect, test } from 'bun:test'
import { readableText, wordsOf } from './words.ts'

test.each([
  ['Prefers TEA, not coffee.', ['prefers', 'tea', 'not', 'coffee']],
  ['Café crème brûlée', ['cafe', 'creme', 'brulee']],
  ['foo_bar-baz 12.5', ['foo', 'bar', 'baz', '12', '5']],
  ['\'; drop table x; -- * "', ['drop', 'table', 'x']],
  ['', []],
])('takes %p apart', (text, words) => {
  expect(wordsOf(text)).toEqual(words)
})

test('finds words where no spaces are', () => {
  expect(wordsOf('我喜欢喝绿茶')).toContain('喜欢')
})

test('reads what is in a value, and no names of its fields', () => {
  expect(readableText({ name: 'Ana', likes: ['tea', { kind: 'green' }], age: 7, isNew: true, left: null })).toBe(
    'Ana\ntea\ngreen\n7',
  )
})

test('reads no more of a text than an index is to hold', () => {
  expect(wordsOf('word '.repeat(10_000))).toHaveLength(4_000)
})
