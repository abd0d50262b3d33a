import { expect, test } from 'bun:test'
import { publicMessage } from './public-message.ts'

test.each([
  ['Incorrect API key provided: sk-proj-abcdef123456.', 'Incorrect API key provided: sk-….'],
  ['bad header authorization: Bearer abc.def-123', 'bad header authorization: …'],
  ['token Bearer eyJhbGciOiJIUzI1NiJ9.e30', 'token Bearer …'],
  ['cannot reach https://user:pass@llm.example/v1/chat', 'cannot reach https://llm.example/v1/chat'],
  ['GET https://llm.example/v1?api_key=12345678&x=1', 'GET https://llm.example/v1?api_key=…&x=1'],
  ['{"x-api-key": "abcdef"} is wrong', '{"x-api-key": "…"} is wrong'],
  ['  The model gpt-9 does not exist.  ', 'The model gpt-9 does not exist.'],
])('shows %p as %p', (text, expected) => {
  expect(publicMessage(text)).toBe(expected)
})

test('is not longer than a message should be', () => {
  expect(publicMessage('x'.repeat(100_000))).toHaveLength(2001)
})
