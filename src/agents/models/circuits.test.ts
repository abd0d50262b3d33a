import { describe, expect, test } from 'bun:test'
import type { ModelChoice } from './choice.ts'
import { ModelCircuits } from './circuits.ts'

const choice = (model: string): ModelChoice => ({
  model,
  price: null,
  open: () => Promise.reject(new Error('It is not opened here.')),
})

function opened() {
  const clock = { now: 0 }
  const facts: string[] = []
  const emit = (_name: string, data: unknown) => facts.push(JSON.stringify(data))
  const circuits = new ModelCircuits({ now: () => clock.now, emit })
  const order = (...models: string[]) => circuits.order(models.map(choice)).map(({ model }) => model)
  const fail = (provider: string, times: number) => {
    for (let time = 0; time < times; time++) circuits.failed(provider)
  }
  return { clock, facts, circuits, order, fail }
}

describe('the order in which models are asked', () => {
  test('is the agent’s own as long as their providers answer', () => {
    const { order, fail } = opened()
    fail('one', 4)
    expect(order('one/a', 'two/b')).toEqual(['one/a', 'two/b'])
  })

  test('has a provider last that has failed five times in a row, for half a minute', () => {
    const { order, fail, facts, clock } = opened()
    fail('one', 5)
    expect(order('one/a', 'two/b', 'one/c')).toEqual(['two/b', 'one/a', 'one/c'])
    expect(order('one/a')).toEqual(['one/a'])
    expect(facts).toEqual(['{"provider":"one","state":"open"}'])
    clock.now = 29_999
    expect(order('one/a', 'two/b')).toEqual(['two/b', 'one/a'])
  })

  test('lets one call try then, and the others when that has gone well', () => {
    const { order, fail, clock, circuits, facts } = opened()
    fail('one', 5)
    clock.now = 30_000
    expect(order('one/a', 'two/b')).toEqual(['one/a', 'two/b'])
    expect(order('one/a', 'two/b')).toEqual(['two/b', 'one/a'])
    circuits.answered('one')
    expect(order('one/a', 'two/b')).toEqual(['one/a', 'two/b'])
    expect(facts.at(-1)).toBe('{"provider":"one","state":"closed"}')
  })

  test('stays so for another half minute when that has failed', () => {
    const { order, fail, clock } = opened()
    fail('one', 5)
    clock.now = 30_000
    order('one/a', 'two/b')
    fail('one', 1)
    clock.now = 59_999
    expect(order('one/a', 'two/b')).toEqual(['two/b', 'one/a'])
  })

  test('forgets failures when a call is answered', () => {
    const { order, fail, circuits } = opened()
    fail('one', 4)
    circuits.answered('one')
    fail('one', 4)
    expect(order('one/a', 'two/b')).toEqual(['one/a', 'two/b'])
  })
})
