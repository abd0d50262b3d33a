import { expect, test } from 'bun:test'
import { newId } from './id.ts'

test('an id says what it is of, and is 32 hexadecimal digits', () => {
  expect(newId('run')).toMatch(/^run_[0-9a-f]{32}$/)
})

test('ids of one process sort by the order of their making', () => {
  const ids = Array.from({ length: 10_000 }, () => newId('job'))
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})
