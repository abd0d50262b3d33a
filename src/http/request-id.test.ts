import { expect, test } from 'bun:test'
import { requestIds } from './request-id.ts'

const request = (id?: string) =>
  new Request('http://localhost/', { headers: id === undefined ? {} : { 'x-request-id': id } })

test('takes the id that a client sends', () => {
  expect(requestIds()(request('trace-1:a'))).toBe('trace-1:a')
})

test.each(['', 'a b', 'x'.repeat(129), 'ü'])('does not take %p for an id', id => {
  expect(requestIds()(request(id))).toMatch(/^req_[0-9a-f]{32}$/)
})

test('makes a different id for each request, in this process and the next', () => {
  const [one, other] = [requestIds(), requestIds()]
  const made = new Set<string>()
  for (let count = 0; count < 10_000; count++) made.add(one(request())).add(other(request()))
  expect(made.size).toBe(20_000)
})
