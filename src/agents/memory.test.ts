import { expect, test } from 'bun:test'
import { memoryFault, memoryNamespace } from './memory.ts'

const run = { agent: 'clerk', threadId: null, metadata: { user: 'ana', number: 7, list: [] } }

test.each([
  [undefined, 'agents/clerk'],
  ['users/{metadata.user}', 'users/ana'],
  ['users/{metadata.number}/{agent}', 'users/7/clerk'],
  ['users/{metadata.nobody}', null],
  ['users/{metadata.list}', null],
  ['threads/{thread_id}', null],
])('%p of a run is %p', (template, namespace) => {
  expect(memoryNamespace(template, run)).toBe(namespace)
})

test('what a caller sends leads into no other namespace', () => {
  const metadata = { user: '../bob/x y' }
  expect(memoryNamespace('users/{metadata.user}', { ...run, metadata })).toBe('users/..%2Fbob%2Fx%20y')
})

test.each([
  ['agents/{agent}', null],
  ['users/{metadata.user-id}/notes', null],
  ['users/{name}', '{name} is none of {agent}, {thread_id} and {metadata.…}'],
  ['a//b', 'it must be one to eight labels with / between them, of letters, digits and _.@:%=+-'],
  ['a b', 'it must be one to eight labels with / between them, of letters, digits and _.@:%=+-'],
])('%p as a template: %p', (template, fault) => {
  expect(memoryFault(template)).toBe(fault)
})
