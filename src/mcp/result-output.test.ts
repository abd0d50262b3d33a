import { describe, expect, test } from 'bun:test'
import { resultOutput } from './result-output.ts'

describe('the result of an MCP tool', () => {
  test('is its text, one part a line', () => {
    const content = [
      { type: 'text' as const, text: 'one' },
      { type: 'text' as const, text: 'two' },
    ]
    expect(resultOutput({ content })).toBe('one\ntwo')
  })

  test('is its JSON where there is some', () => {
    expect(resultOutput({ content: [{ type: 'text', text: '{"a":1}' }], structuredContent: { a: 1 } })).toEqual({
      a: 1,
    })
  })

  test('says of pictures that there are some', () => {
    const content = [
      { type: 'text' as const, text: 'see' },
      { type: 'image' as const, data: 'AAAA', mimeType: 'image/png' },
    ]
    expect(resultOutput({ content })).toEqual([
      'see',
      { type: 'image', mime_type: 'image/png', note: 'It is left out: only text can be read here.' },
    ])
  })

  test('is thrown where it is a failure', () => {
    expect(() => resultOutput({ content: [{ type: 'text', text: 'no such file' }], isError: true })).toThrow(
      'no such file',
    )
  })
})
