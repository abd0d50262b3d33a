import { describe, expect, test } from 'bun:test'
import { fromHanded, toHanded } from './handed.ts'
import { toHeaders, toSpanContext } from './traceparent.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

describe('a traceparent', () => {
  test.each([
    [`00-${traceId}-${spanId}-01`, 1],
    [`00-${traceId}-${spanId}-00`, 0],
    // Other flags are not ours to know.
    [`00-${traceId}-${spanId}-03`, 1],
    [` 00-${traceId}-${spanId}-01 `, 1],
    // A later version may say more.
    [`01-${traceId}-${spanId}-01-what-comes`, 1],
  ])('%p is understood', (traceparent, traceFlags) => {
    expect(toSpanContext({ traceparent })).toEqual({ traceId, spanId, traceFlags, isRemote: true })
  })

  test.each([
    '',
    'nonsense',
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-01-more`,
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}-01\n`.repeat(2),
  ])('%p is not', traceparent => {
    expect(toSpanContext({ traceparent })).toBeNull()
  })

  test('comes back as it was, with its tracestate', () => {
    const headers = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'one=1,two=a b' }
    const context = toSpanContext(headers)
    expect(context && toHeaders(context)).toEqual(headers)
    expect(context && toSpanContext(toHanded(toHeaders(context)))).toEqual(context)
  })

  test('without a tracestate comes back without one', () => {
    const headers = { traceparent: `00-${traceId}-${spanId}-00` }
    const context = toSpanContext(headers)
    expect(context && toHeaders(context)).toEqual(headers)
  })
})

describe('what is handed over in a row', () => {
  const traceparent = `00-${traceId}-${spanId}-01`

  test('is the traceparent, and the tracestate where there is one', () => {
    expect(toHanded({ traceparent })).toBe(traceparent)
    expect(fromHanded(traceparent)).toEqual({ traceparent })
    const both = { traceparent, tracestate: 'a=b c,d=e' }
    expect(fromHanded(toHanded(both))).toEqual(both)
  })

  test('leaves out a tracestate that is too long to be carried', () => {
    expect(toHanded({ traceparent, tracestate: `a=${'x'.repeat(511)}` })).toBe(traceparent)
  })
})
