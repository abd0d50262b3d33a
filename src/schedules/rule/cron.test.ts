import { describe, expect, test } from 'bun:test'
import { everyFireOf } from '../../../tests/support/every-fire.ts'
import { cronTimes } from './cron.ts'

/** All times in [from, to), found by walking forward. */
function walk(expression: string, zone: string, from: number, to: number): number[] {
  const times = cronTimes(expression, zone)
  const found: number[] = []
  for (let at = times.next(from - 1); at !== null && at < to; at = times.next(at)) found.push(at)
  return found
}

/** The same, found by walking back. */
function walkBack(expression: string, zone: string, from: number, to: number): number[] {
  const found: number[] = []
  for (const at of cronTimes(expression, zone).upTo(to - 1)) {
    if (at < from) break
    found.push(at)
  }
  return found.reverse()
}

const iso = (instants: number[]) => instants.map(instant => new Date(instant).toISOString().replace(':00.000Z', 'Z'))
const between = (expression: string, zone: string, from: string, to: string) =>
  iso(walk(expression, zone, Date.parse(from), Date.parse(to)))

describe('where the clock is set forward', () => {
  test('a time that does not exist fires once, at the following instant', () => {
    // Berlin, 29 March 2026: 01:59:59 +01:00 is followed by 03:00:00 +02:00.
    expect(between('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-31T00:00Z')).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ])
  })

  test('several times in one gap, and the time that ends it, fire once', () => {
    expect(between('*/15 * * * *', 'Europe/Berlin', '2026-03-29T00:30Z', '2026-03-29T01:30Z')).toEqual([
      '2026-03-29T00:30Z',
      '2026-03-29T00:45Z',
      '2026-03-29T01:00Z',
      '2026-03-29T01:15Z',
    ])
  })

  test('midnight may not exist', () => {
    // São Paulo, 4 November 2018: 23:59:59 -03:00 is followed by 01:00:00 -02:00.
    expect(between('0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00Z', '2018-11-05T12:00Z')).toEqual([
      '2018-11-04T03:00Z',
      '2018-11-05T02:00Z',
    ])
  })

  test('nor may a whole day', () => {
    // Apia left 30 December 2011 out.
    expect(between('0 9 * * *', 'Pacific/Apia', '2011-12-29T00:00Z', '2012-01-01T00:00Z')).toEqual([
      '2011-12-29T19:00Z',
      '2011-12-30T10:00Z',
      '2011-12-30T19:00Z',
      '2011-12-31T19:00Z',
    ])
  })
})

describe('where the clock is set back', () => {
  test('a time that exists twice fires once, on the first', () => {
    // Berlin, 25 October 2026: 02:59:59 +02:00 is followed by 02:00:00 +01:00.
    expect(between('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-27T00:00Z')).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ])
  })

  test('also of a rule that fires each half hour', () => {
    expect(between('*/30 * * * *', 'America/New_York', '2026-11-01T05:00Z', '2026-11-01T07:30Z')).toEqual([
      '2026-11-01T05:00Z',
      '2026-11-01T05:30Z',
      '2026-11-01T07:00Z',
    ])
  })

  test('by half an hour too', () => {
    // Lord Howe, 5 April 2026: 01:59:59 +11:00 is followed by 01:30:00 +10:30.
    expect(between('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T12:00Z', '2026-04-06T00:00Z')).toEqual([
      '2026-04-04T14:45Z',
      '2026-04-05T15:15Z',
    ])
  })

  test('is asked from within the second pass', () => {
    const times = cronTimes('15,45 2 * * *', 'Europe/Berlin')
    const second = Date.parse('2026-10-25T01:20Z')
    expect(iso([times.next(second) ?? 0])).toEqual(['2026-10-26T01:15Z'])
    const [latest = 0] = times.upTo(second)
    expect(iso([latest])).toEqual(['2026-10-25T00:45Z'])
  })
})

const rules = [
  '30 2 * * *',
  '0 0 * * *',
  '59 23 * * *',
  '0 * * * *',
  '15,45 0-4 * * *',
  '0 9 * * 1-5',
  '30 1 1,15 * *',
  '0 12 13 * 5',
  '10 */6 * 3,10,11 *',
]

// What is odd about each: half an hour, no change, midnight, Ramadan, a lost day, two hours, 45 minutes, winter as the exception.
describe.each([
  ['Europe/Berlin', [2026, 2037]],
  ['America/New_York', [2031]],
  ['Australia/Lord_Howe', [2028]],
  ['Asia/Kolkata', [2026]],
  ['America/Sao_Paulo', [2018]],
  ['Africa/Casablanca', [2026, 2034]],
  ['Pacific/Apia', [2011]],
  ['Antarctica/Troll', [2026]],
  ['Pacific/Chatham', [2029]],
  ['Europe/Dublin', [2026]],
  ['America/Havana', [2027]],
] as const)('in %s', (zone, years) => {
  test.each(years)('every fire of %d is where the tz database has it', year => {
    const [from, to] = [Date.UTC(year, 0, 3), Date.UTC(year + 1, 0, 3)]
    const expected = everyFireOf(zone, from, to)
    for (const rule of rules) {
      const fires = iso(expected(rule))
      expect([rule, ...iso(walk(rule, zone, from, to))]).toEqual([rule, ...fires])
      expect([rule, ...iso(walkBack(rule, zone, from, to))]).toEqual([rule, ...fires])
    }
  })
})

test('fields of seconds, names, last days and nicknames', () => {
  expect(iso(walk('30 0 12 * * MON', 'UTC', Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 13)))).toEqual([
    '2026-01-05T12:00:30.000Z',
    '2026-01-12T12:00:30.000Z',
  ])
  expect(between('0 0 L * *', 'UTC', '2028-02-01T00:00Z', '2028-04-01T00:00Z')).toEqual([
    '2028-02-29T00:00Z',
    '2028-03-31T00:00Z',
  ])
  expect(between('@daily', 'Asia/Kolkata', '2026-01-01T00:00Z', '2026-01-02T00:00Z')).toEqual(['2026-01-01T18:30Z'])
  expect(between('@hourly', 'UTC', '2026-01-01T00:00Z', '2026-01-01T02:00Z')).toHaveLength(2)
})

test('a rule that can never fire has no times', () => {
  const times = cronTimes('0 0 30 2 *', 'Europe/Berlin')
  expect(times.next(Date.UTC(2026, 0, 1))).toBeNull()
  expect([...times.upTo(Date.UTC(2026, 0, 1))]).toEqual([])
})

test.each([
  '',
  'often',
  '* * * *',
  '* * * * * * *',
  '60 * * * *',
  '0 25 * * *',
  '0 0 32 * *',
  '0 0 * 13 *',
  '@reboot',
  '@sometimes',
  '2026-01-01T00:00:00',
  '5/10 * * * *',
])('refuses %p', expression => {
  expect(() => cronTimes(expression, 'UTC')).toThrow(expect.objectContaining({ name: 'RuleError' }))
})
