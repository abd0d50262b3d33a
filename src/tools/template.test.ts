import { describe, expect, test } from 'bun:test'
import { FieldMissing, fieldsIn, fillJson, fillText, fillUrl, secretsIn } from './template.ts'

const values = {
  input: { id: '4/2', city: 'Zürich & Bern', list: ['a b', 'c'], n: 5, nothing: null, dots: '..' },
  secrets: new Map([['TOKEN', 'to/ken']]),
}

describe('URLs', () => {
  test.each([
    ['https://x.test/o/{id}', 'https://x.test/o/4%2F2'],
    ['https://x.test/o/{dots}/x', 'https://x.test/o/%2E%2E/x'],
    ['https://x.test/?q={city}&k={{TOKEN}}', 'https://x.test/?q=Z%C3%BCrich%20%26%20Bern&k=to%2Fken'],
    ['https://x.test/?a={missing}&n={n}', 'https://x.test/?n=5'],
    ['https://x.test/?a={nothing}', 'https://x.test/'],
    ['https://x.test/?tag={list}', 'https://x.test/?tag=a%20b&tag=c'],
  ])('%s', (template, url) => {
    expect(fillUrl(template, values)).toBe(url)
  })

  test('a part of the path that is missing is no URL', () => {
    expect(() => fillUrl('https://x.test/{missing}', values)).toThrow(FieldMissing)
  })

  test('what fills a place is not looked through for places', () => {
    const sly = { input: { a: '{{TOKEN}}', b: '{n}' }, secrets: values.secrets }
    expect(fillText('{a} {b}', sly)).toBe('{{TOKEN}} {n}')
  })
})

describe('bodies', () => {
  test('a place alone becomes the value, one within a text its text, and what is missing is left out', () => {
    const template = {
      n: '{n}',
      list: '{list}',
      text: 'n is {n}',
      gone: '{missing}',
      deep: [{ a: '{missing}' }, '{missing}', true],
    }
    expect(fillJson(template, values)).toEqual({ n: 5, list: ['a b', 'c'], text: 'n is 5', deep: [{}, true] })
  })
})

test('what a template mentions', () => {
  expect(secretsIn(['a {{ONE}} {{TWO}} {three}', '{{ONE}}'])).toEqual(['ONE', 'TWO'])
  expect(fieldsIn(['a {{ONE}} {three}', '{four}{three}'])).toEqual(['three', 'four'])
})
