import { describe, expect, test } from 'bun:test'
import { Said } from './said.ts'

const inside = (text: string) => JSON.stringify(text).slice(1, -1)

describe('what a step says', () => {
  test('is told as it comes', () => {
    const said = new Said()
    expect(['a "', 'b\n'].map(text => said.add(inside(text)))).toEqual(['a \\"', 'b\\n'])
    expect(said.text).toBe('a "b\n')
  })

  test('is told once where it is said again, however it is cut', () => {
    const said = new Said()
    for (const text of ['one ', '😀 two']) said.add(inside(text))
    said.restart()
    expect(said.isAhead).toBe(false)
    expect(['one \ud83d', '\ude00', ' two th', 'ree'].map(text => said.add(inside(text)))).toEqual([
      '',
      '',
      ' th',
      'ree',
    ])
    expect(said.text).toBe('one 😀 two three')
    expect(said.isAhead).toBe(true)
  })

  test('is another thing where it is another thing', () => {
    const said = new Said()
    said.add('one')
    said.restart()
    expect(said.add('two')).toBeNull()
  })

  test('that has said nothing yet only begins', () => {
    const said = new Said()
    said.restart()
    expect(said.add('x')).toBe('x')
  })
})
