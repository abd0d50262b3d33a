import { expect, test } from 'bun:test'
import { diffLines } from '../../src/console/page/pages/agents/diff-lines.ts'

const told = (before: string, after: string) =>
  diffLines(before, after).map(({ kind, text }) => `${{ same: ' ', gone: '-', new: '+' }[kind]}${text}`)

test('says what is gone and what is new, in its place', () => {
  expect(told('a\nb\nc', 'a\nx\nc\nd')).toEqual([' a', '-b', '+x', ' c', '+d'])
  expect(told('a\nb', 'a\nb')).toEqual([' a', ' b'])
  expect(told('a', 'b')).toEqual(['-a', '+b'])
  expect(told('', 'a')).toEqual(['-', '+a'])
})

test('gives both texts back', () => {
  const before = 'one\ntwo\nthree\nfour\nfive'
  const after = 'zero\ntwo\nfour\nfive\nsix'
  const lines = diffLines(before, after)
  const of = (...kinds: string[]) =>
    lines
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ text }) => text)
      .join('\n')
  expect(of('same', 'gone')).toBe(before)
  expect(of('same', 'new')).toBe(after)
})
