import { expect, test } from 'bun:test'
import { isNestedDeeper } from './nesting.ts'

const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth)

test('counts lists and objects, whatever is in them', () => {
  expect(isNestedDeeper(nested('[', ']', 5), 5)).toBe(false)
  expect(isNestedDeeper(nested('[', ']', 6), 5)).toBe(true)
  expect(isNestedDeeper(nested('{"a":', '}', 6), 5)).toBe(true)
  expect(isNestedDeeper('[{"a":[1,{"b":2}]},3]', 4)).toBe(false)
  expect(isNestedDeeper('[{"a":[1,{"b":2}]},3]', 3)).toBe(true)
})

test('many beside each other are not deep', () => {
  expect(isNestedDeeper(`[${'[],{},'.repeat(1_000)}1]`, 2)).toBe(false)
})

test('brackets within texts do not count, nor do escaped quotes end a text', () => {
  expect(isNestedDeeper(JSON.stringify(['['.repeat(50), '"[{"'.repeat(50), '\\'.repeat(3), '[['.repeat(9)]), 2)).toBe(
    false,
  )
})

test('what is no JSON is looked at all the same', () => {
  expect(isNestedDeeper('['.repeat(10), 5)).toBe(true)
  expect(isNestedDeeper(`"${'['.repeat(10)}`, 5)).toBe(false)
  expect(isNestedDeeper('}'.repeat(10), 5)).toBe(false)
})
