import { expect, test } from 'bun:test'
import { parseJson } from './parse-json.ts'

test.each(['{"toString":1}', '{"a":[{"toString":null,"valueOf":{}}]}', '{"to\\u0053tring":1}'])(
  'what %s says can be put into a text, and comes back as it was',
  text => {
    const value = parseJson(text)
    expect(() => `${value}`).not.toThrow()
    expect(JSON.parse(JSON.stringify(value))).toEqual(JSON.parse(text))
    expect(Object.keys(value as object)).toEqual(Object.keys(JSON.parse(text))) // an object, by its text
  },
)

test('other texts are as JSON.parse has them', () => {
  for (const text of ['1', '"toString"', '[]', '{"a":"\\u0000"}', '{"__proto__":{"a":1}}']) {
    expect(parseJson(text)).toEqual(JSON.parse(text))
  }
  expect(() => parseJson('{')).toThrow(SyntaxError)
})
