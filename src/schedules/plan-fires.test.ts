import { describe, expect, test } from 'bun:test'
import { dueAt, nextFireOf } from './next-fire.ts'
import { planFires } from './plan-fires.ts'
import { type Schedule, scheduleDefaults } from './schedule.ts'

const at = (text: string) => Date.parse(`2026-03-01T${text}Z`)
const clock = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString().slice(11, 19))

/** Fires each ten minutes; its next time is 12:00. */
function schedule(given: Partial<Schedule> = {}): Schedule {
  return {
    ...scheduleDefaults,
    id: 'sch_1',
    tenantId: 'default',
    source: 'api',
    fileKey: null,
    digest: null,
    name: null,
    agent: 'echo',
    input: 'hello',
    threadId: null,
    metadata: {},
    maxAttempts: 5,
    timeoutSeconds: null,
    cron: '*/10 * * * *',
    at: null,
    startAt: null,
    endAt: null,
    anchorAt: at('00:00:00'),
    catchUpMaxAgeSeconds: null,
    nextFireAt: at('12:00:00'),
    nextDueAt: at('12:00:00'),
    lastFireAt: null,
    pausedAt: null,
    removedAt: null,
    createdAt: at('00:00:00'),
    updatedAt: at('00:00:00'),
    ...given,
  }
}

function plan(given: Partial<Schedule>, now: string) {
  const { fires, missed, next } = planFires(schedule(given), at(now))
  return { fires: fires.map(clock), missed: missed.map(clock), next: clock(next.nextFireAt) }
}

describe.each(['skip', 'one', 'all'] as const)('with catch-up %s', catchUp => {
  test('fires what is on time', () => {
    expect(plan({ catchUp }, '12:00:00')).toEqual({ fires: ['12:00:00'], missed: [], next: '12:10:00' })
  })

  test('fires what is late by less than a minute, as after a restart', () => {
    expect(plan({ catchUp }, '12:00:59')).toEqual({ fires: ['12:00:00'], missed: [], next: '12:10:00' })
  })

  test('fires each time of a rule that is faster than the scheduler', () => {
    const fast = { catchUp, cron: '* * * * * *' }
    expect(plan(fast, '12:00:02')).toEqual({
      fires: ['12:00:00', '12:00:01', '12:00:02'],
      missed: [],
      next: '12:00:03',
    })
  })
})

describe('after a sleep from before 12:00 to 12:37', () => {
  test('skip fires nothing', () => {
    expect(plan({ catchUp: 'skip' }, '12:37:00')).toEqual({
      fires: [],
      missed: ['12:00:00', '12:10:00', '12:20:00', '12:30:00'],
      next: '12:40:00',
    })
  })

  test('one fires the last', () => {
    expect(plan({ catchUp: 'one' }, '12:37:00')).toEqual({
      fires: ['12:30:00'],
      missed: ['12:00:00', '12:10:00', '12:20:00'],
      next: '12:40:00',
    })
  })

  test('one fires nothing where the last is too old', () => {
    expect(plan({ catchUp: 'one', catchUpMaxAgeSeconds: 300 }, '12:37:00').fires).toEqual([])
  })

  test('all fires all, in order', () => {
    expect(plan({ catchUp: 'all' }, '12:37:00')).toEqual({
      fires: ['12:00:00', '12:10:00', '12:20:00', '12:30:00'],
      missed: [],
      next: '12:40:00',
    })
  })

  test('all fires the latest up to its number', () => {
    expect(plan({ catchUp: 'all', catchUpLimit: 2 }, '12:37:00')).toEqual({
      fires: ['12:20:00', '12:30:00'],
      missed: ['12:00:00', '12:10:00'],
      next: '12:40:00',
    })
  })

  test('all fires those up to its age', () => {
    expect(plan({ catchUp: 'all', catchUpMaxAgeSeconds: 20 * 60 }, '12:37:00')).toEqual({
      fires: ['12:20:00', '12:30:00'],
      missed: ['12:00:00', '12:10:00'],
      next: '12:40:00',
    })
  })
})

test('a sleep that ends at a time of the rule makes up for nothing besides it', () => {
  expect(plan({ catchUp: 'one' }, '12:30:05').fires).toEqual(['12:30:00'])
  expect(plan({ catchUp: 'skip' }, '12:30:05').fires).toEqual(['12:30:00'])
})

test('a year of sleep is not walked through', () => {
  const slept = schedule({ cron: '* * * * * *', nextFireAt: at('12:00:00') - 365 * 86_400_000, catchUp: 'one' })
  const begun = performance.now()
  const { fires, missed } = planFires(slept, at('12:00:00'))
  expect(performance.now() - begun).toBeLessThan(5_000)
  expect(fires.map(clock)).toEqual(['12:00:00'])
  expect(missed).toHaveLength(20)
})

test('what has slept through its end is over', () => {
  expect(plan({ endAt: at('12:20:00'), catchUp: 'all' }, '12:37:00')).toEqual({
    fires: ['12:00:00', '12:10:00'],
    missed: [],
    next: null,
  })
  const once = { cron: null, at: at('12:00:00') }
  expect(plan({ ...once, catchUp: 'one' }, '18:00:00')).toEqual({ fires: ['12:00:00'], missed: [], next: null })
  expect(plan({ ...once, catchUp: 'skip' }, '18:00:00')).toEqual({ fires: [], missed: ['12:00:00'], next: null })
})

describe('jitter', () => {
  const jittered = (id: string, jitterSeconds = 300) => schedule({ id, jitterSeconds })
  const delayOf = (id: string, fireAt: number, seconds = 300) => dueAt(jittered(id, seconds), fireAt) - fireAt

  test('is the same each time it is asked, and another for another time or schedule', () => {
    expect(delayOf('sch_1', at('12:00:00'))).toBe(delayOf('sch_1', at('12:00:00')))
    expect(delayOf('sch_1', at('12:00:00'))).not.toBe(delayOf('sch_1', at('12:10:00')))
    expect(delayOf('sch_1', at('12:00:00'))).not.toBe(delayOf('sch_2', at('12:00:00')))
  })

  test('spreads evenly over its seconds', () => {
    const delays = Array.from({ length: 1_000 }, (_, index) => delayOf(`sch_${index}`, at('12:00:00')))
    expect(Math.min(...delays)).toBeLessThan(10_000)
    expect(Math.max(...delays)).toBeGreaterThan(290_000)
    expect(Math.max(...delays)).toBeLessThan(300_000)
    const mean = delays.reduce((sum, delay) => sum + delay) / delays.length
    expect(Math.abs(mean - 150_000)).toBeLessThan(10_000)
  })

  test('never reaches the next time', () => {
    for (let index = 0; index < 100; index++) {
      expect(delayOf(`sch_${index}`, at('12:00:00'), 86_400)).toBeLessThan(600_000)
    }
  })

  test('keeps an occurrence until it is due, and lateness counts from then', () => {
    const own = jittered('sch_1')
    const { nextFireAt, nextDueAt } = nextFireOf(own, at('12:25:00'))
    expect([clock(nextFireAt), (nextDueAt ?? 0) > (nextFireAt ?? 0)]).toEqual(['12:30:00', true])
    const waiting = planFires({ ...own, catchUp: 'skip' }, (nextDueAt ?? 0) - 1)
    expect(waiting.fires).toEqual([])
    expect(waiting.next).toEqual({ nextFireAt, nextDueAt })
    const due = planFires({ ...own, catchUp: 'skip' }, (nextDueAt ?? 0) + 59_000)
    expect(due.fires).toEqual([nextFireAt ?? 0])
  })
})
