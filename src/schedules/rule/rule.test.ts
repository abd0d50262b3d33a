import { describe, expect, test } from 'bun:test'
import { localTime, parseTime } from './local-time.ts'
import { checkRule, latestFires, nextFire, type Rule } from './rule.ts'

const at = (text: string) => Date.parse(text)
const rule = (given: Partial<Rule>): Rule => ({
  cron: null,
  at: null,
  timezone: 'UTC',
  startAt: null,
  endAt: null,
  anchorAt: at('2026-03-01T12:00:00Z'),
  ...given,
})
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())

/** The next `count` fires. */
function next(given: Rule, after: string, count: number): (string | null)[] {
  const fires: (string | null)[] = []
  for (let fire: number | null = at(after); fires.length < count && fire !== null; ) {
    fire = nextFire(given, fire)
    fires.push(iso(fire))
  }
  return fires
}

describe('an interval', () => {
  test('counts from the moment the schedule was made', () => {
    expect(next(rule({ cron: '@every 90s' }), '2026-03-01T12:00:00Z', 3)).toEqual([
      '2026-03-01T12:01:30.000Z',
      '2026-03-01T12:03:00.000Z',
      '2026-03-01T12:04:30.000Z',
    ])
  })

  test('counts from its start, where it has one, and fires there first', () => {
    const hourly = rule({ cron: '@every 1h30m', startAt: at('2026-03-02T00:10:00Z') })
    expect(next(hourly, '2026-03-01T12:00:00Z', 2)).toEqual(['2026-03-02T00:10:00.000Z', '2026-03-02T01:40:00.000Z'])
  })

  test('has whole seconds, whenever it was made', () => {
    const made = rule({ cron: '@every 10s', anchorAt: at('2026-03-01T12:00:00.777Z') })
    expect(next(made, '2026-03-01T12:00:00.777Z', 1)).toEqual(['2026-03-01T12:00:10.000Z'])
  })

  test.each(['@every', '@every 0s', '@every 500ms', '@every 1.5h', '@every -5m', '@every 5', '@every 367d'])(
    'may not be %p',
    cron => {
      expect(() => checkRule(rule({ cron }))).toThrow(expect.objectContaining({ name: 'RuleError' }))
    },
  )
})

describe('start and end', () => {
  const daily = { cron: '0 9 * * *', startAt: at('2026-03-03T09:00:00Z'), endAt: at('2026-03-05T09:00:00Z') }

  test('a fire at the start counts, one at the end does not', () => {
    expect(next(rule(daily), '2026-01-01T00:00:00Z', 5)).toEqual([
      '2026-03-03T09:00:00.000Z',
      '2026-03-04T09:00:00.000Z',
      null,
    ])
  })

  test('bound what is looked back at too', () => {
    const window = { after: 0, until: at('2026-04-01T00:00:00Z'), limit: 10 }
    expect(latestFires(rule(daily), window).map(iso)).toEqual(['2026-03-03T09:00:00.000Z', '2026-03-04T09:00:00.000Z'])
  })
})

test('a time of its own fires once', () => {
  const once = rule({ at: at('2026-03-03T09:00:00Z') })
  expect(next(once, '2026-03-01T00:00:00Z', 3)).toEqual(['2026-03-03T09:00:00.000Z', null])
  expect(latestFires(once, { after: 0, until: at('2026-03-03T09:00:00Z'), limit: 5 })).toHaveLength(1)
  expect(latestFires(once, { after: 0, until: at('2026-03-03T08:59:59Z'), limit: 5 })).toEqual([])
})

test('looking back gives the latest ones in order, without walking through all', () => {
  const each = rule({ cron: '* * * * * *' })
  const window = { after: at('1990-01-01T00:00:00Z'), until: at('2026-03-01T00:00:00.900Z'), limit: 3 }
  expect(latestFires(each, window).map(iso)).toEqual([
    '2026-02-28T23:59:58.000Z',
    '2026-02-28T23:59:59.000Z',
    '2026-03-01T00:00:00.000Z',
  ])
})

test.each<[string, Partial<Rule>]>([
  ['an unknown zone', { cron: '@daily', timezone: 'Europe/Atlantis' }],
  ['no zone', { cron: '@daily', timezone: '' }],
  ['nothing', {}],
  ['both kinds', { cron: '@daily', at: 1 }],
])('refuses %s', (_what, given) => {
  expect(() => checkRule(rule(given))).toThrow(expect.objectContaining({ name: 'RuleError' }))
})

describe('written times', () => {
  test.each([
    ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-07-01 09:00', 'Asia/Kolkata', '2026-07-01T03:30:00.000Z'],
    ['2026-07-01T09:00:00Z', 'Asia/Kolkata', '2026-07-01T09:00:00.000Z'],
    ['2026-07-01T09:00:00.999+02:00', 'Asia/Kolkata', '2026-07-01T07:00:00.000Z'],
  ])('%s in %s is %s', (text, zone, expected) => {
    expect(iso(parseTime(text, zone))).toBe(expected)
  })

  test.each(['tomorrow', '2026-07-01', '9', '2026-13-01T00:00:00Z', '2026-07-01T09:00:00 Europe/Berlin'])(
    '%p is none',
    text => {
      expect(parseTime(text, 'UTC')).toBeNull()
    },
  )

  test.each([
    ['2026-07-01T07:00:00Z', 'Europe/Berlin', '2026-07-01T09:00:00+02:00'],
    ['2026-01-01T05:00:00Z', 'America/New_York', '2026-01-01T00:00:00-05:00'],
    ['2026-01-01T00:00:00Z', 'Asia/Kolkata', '2026-01-01T05:30:00+05:30'],
    ['2026-01-01T00:00:00Z', 'UTC', '2026-01-01T00:00:00+00:00'],
  ])('%s in %s reads %s', (instant, zone, expected) => {
    expect(localTime(at(instant), zone)).toBe(expected)
  })
})
