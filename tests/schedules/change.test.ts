import { beforeEach, describe, expect, test } from 'bun:test'
import { pauseSchedule, resumeSchedule } from '../../src/schedules/change-schedule.ts'
import { createSchedule } from '../../src/schedules/create-schedule.ts'
import { deleteSchedule } from '../../src/schedules/delete-schedule.ts'
import { listSchedules } from '../../src/schedules/list-schedules.ts'
import { type Schedule, scheduleStatuses, statusOf } from '../../src/schedules/schedule.ts'
import { toSpec } from '../../src/schedules/spec.ts'
import { triggerSchedule } from '../../src/schedules/trigger-schedule.ts'
import { updateSchedule } from '../../src/schedules/update-schedule.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { makeStage, type Stage, times } from './stage.ts'

const minute = 60_000

describe.each(engines)('on %s', engine => {
  const shared = sharedDatabase(engine)
  let clock: FakeClock
  let stage: Stage

  beforeEach(() => {
    clock = new FakeClock()
    stage = makeStage(shared().database, clock, `tenant_${crypto.randomUUID()}`)
  })

  const next = ({ nextFireAt }: Schedule) => (nextFireAt === null ? [] : times([{ fireAt: nextFireAt }]))
  const later = async (ms: number) => {
    clock.advance(ms)
    await stage.turn()
  }

  describe('pause and resume', () => {
    test('a paused schedule does not fire, and makes up for nothing when it is resumed', async () => {
      const schedule = await stage.schedule({ catchUp: 'all' })
      expect(statusOf(await pauseSchedule(stage.app, stage.actor, schedule.id))).toBe('paused')
      await later(25 * minute)
      expect(await stage.occurrences(schedule)).toEqual([])
      const resumed = await resumeSchedule(stage.app, stage.actor, schedule.id)
      expect([statusOf(resumed), next(resumed)]).toEqual(['active', ['12:30']])
      await later(5 * minute)
      expect(times(await stage.occurrences(schedule))).toEqual(['12:30'])
    })

    test('both may be said twice', async () => {
      const schedule = await stage.schedule()
      const paused = await pauseSchedule(stage.app, stage.actor, schedule.id)
      clock.advance(minute)
      const again = await pauseSchedule(stage.app, stage.actor, schedule.id)
      expect(again.pausedAt).toBe(paused.pausedAt)
      await resumeSchedule(stage.app, stage.actor, schedule.id)
      const resumed = await resumeSchedule(stage.app, stage.actor, schedule.id)
      expect(next(resumed)).toEqual(['12:10'])
    })

    test('an occurrence that was due and had not fired is not lost by resuming what was not paused', async () => {
      const schedule = await stage.schedule()
      clock.advance(10 * minute)
      await resumeSchedule(stage.app, stage.actor, schedule.id)
      await stage.turn()
      expect(times(await stage.occurrences(schedule))).toEqual(['12:10'])
    })

    test('one can be made paused, and be triggered all the same', async () => {
      const spec = toSpec({ agent: 'echo', input: 'x', cron: '* * * * *' })
      const schedule = await createSchedule(stage.app, stage.actor, spec, { enabled: false })
      expect(statusOf(schedule)).toBe('paused')
      await later(5 * minute)
      expect(await triggerSchedule(stage.app, stage.actor, schedule.id)).toMatchObject({ outcome: 'fired' })
      expect(await stage.read(schedule)).toEqual(schedule)
    })
  })

  describe('a change', () => {
    const update = (schedule: Schedule, fields: Parameters<typeof updateSchedule>[3]) =>
      updateSchedule(stage.app, stage.actor, schedule.id, fields)

    test('of the rule counts from now', async () => {
      const schedule = await stage.schedule()
      clock.advance(15 * minute)
      expect(next(await update(schedule, { cron: '*/20 * * * *' }))).toEqual(['12:20'])
      expect(next(await update(schedule, { cron: '@every 7m' }))).toEqual(['12:22'])
      expect(next(await update(schedule, { timezone: 'Asia/Kolkata', cron: '0 18 * * *' }))).toEqual(['12:30'])
    })

    test('of anything else leaves what is due to fire', async () => {
      const schedule = await stage.schedule()
      clock.advance(10 * minute)
      await update(schedule, { input: 'other', overlap: 'allow', metadata: { a: 1 } })
      await stage.turn()
      expect(await stage.runs(schedule)).toMatchObject([{ input: 'other', metadata: { a: 1 } }])
    })

    test('of the jitter moves when the next time is due', async () => {
      const schedule = await stage.schedule()
      const jittered = await update(schedule, { jitterSeconds: 300 })
      expect(jittered.nextFireAt).toBe(schedule.nextFireAt)
      expect(jittered.nextDueAt).toBeGreaterThan(schedule.nextDueAt ?? 0)
      expect((await update(schedule, { jitterSeconds: null })).nextDueAt).toBe(schedule.nextFireAt)
    })

    test('from a rule to a single time and back', async () => {
      const schedule = await stage.schedule()
      const once = await update(schedule, { at: '2026-03-01T14:00:00+01:00' })
      expect([once.cron, next(once)]).toEqual([null, ['13:00']])
      const again = await update(schedule, { cron: '@hourly' })
      expect([again.at, next(again)]).toEqual([null, ['13:00']])
    })

    test('wakes an ended one', async () => {
      const schedule = await stage.schedule({ at: '2026-03-01T12:30:00' })
      await later(30 * minute)
      expect(statusOf(await stage.read(schedule))).toBe('ended')
      expect(statusOf(await update(schedule, { at: '2026-03-01T13:30:00' }))).toBe('active')
    })

    test('does not fire a time again that has fired', async () => {
      const schedule = await stage.schedule()
      await later(10 * minute)
      clock.advance(-5 * minute)
      expect(next(await update(schedule, { cron: '*/5 * * * *' }))).toEqual(['12:15'])
    })

    test('pauses and resumes', async () => {
      const schedule = await stage.schedule()
      expect(statusOf(await update(schedule, { enabled: false }))).toBe('paused')
      expect(next(await update(schedule, { cron: '0 * * * *' }))).toEqual([])
      expect(next(await update(schedule, { enabled: true }))).toEqual(['13:00'])
    })

    test.each<[string, Parameters<typeof updateSchedule>[3], string]>([
      ['a rule that never fires', { cron: '0 0 30 2 *' }, '/cron'],
      ['a time that has passed', { at: '2026-02-01T00:00:00Z' }, '/at'],
      ['a rule that is none', { cron: 'daily' }, '/cron'],
      ['an unknown zone', { timezone: 'Nowhere' }, '/timezone'],
      ['no time', { at: 'tomorrow' }, '/at'],
      ['an end before the start', { startAt: '2026-04-01T00:00', endAt: '2026-03-02T00:00' }, '/end_at'],
      ['both kinds of rule', { cron: '@daily', at: '2026-04-01T00:00:00Z' }, '/cron'],
      ['no rule', { cron: null }, '/at'],
    ])('refuses %s', async (_what, fields, path) => {
      const schedule = await stage.schedule()
      const refusal = expect.objectContaining({
        code: 'invalid_request',
        errors: [{ in: 'body', path, message: expect.any(String) }],
      })
      await expect(update(schedule, fields)).rejects.toEqual(refusal)
      expect(await stage.read(schedule)).toEqual(schedule)
    })

    test('of another tenant’s is not possible', async () => {
      const schedule = await stage.schedule()
      const other = makeStage(shared().database, clock, 'somebody_else')
      for (const verb of [pauseSchedule, resumeSchedule, triggerSchedule, deleteSchedule]) {
        await expect(verb(other.app, other.actor, schedule.id)).rejects.toMatchObject({ code: 'not_found' })
      }
      await expect(updateSchedule(other.app, other.actor, schedule.id, { input: 'x' })).rejects.toMatchObject({
        code: 'not_found',
      })
    })
  })

  test('a deleted schedule takes its history along and leaves its runs', async () => {
    const schedule = await stage.schedule()
    await later(10 * minute)
    const [run] = await stage.runs(schedule)
    await deleteSchedule(stage.app, stage.actor, schedule.id)
    await expect(stage.read(schedule)).rejects.toMatchObject({ code: 'not_found' })
    const { database } = stage.app
    const { occurrences, runs } = database.tables
    const kept = await database.orm.select({ id: runs.id, tenantId: runs.tenantId }).from(runs)
    expect(kept.filter(({ tenantId }) => tenantId === stage.actor.tenantId)).toMatchObject([{ id: run?.id }])
    const left = await database.orm.select({ tenantId: occurrences.tenantId }).from(occurrences)
    expect(left.filter(({ tenantId }) => tenantId === stage.actor.tenantId)).toEqual([])
  })

  test('a list by status has what says so of itself', async () => {
    await stage.schedule()
    const paused = await stage.schedule()
    await pauseSchedule(stage.app, stage.actor, paused.id)
    await stage.schedule({ at: '2026-03-01T12:01:00' })
    await later(2 * minute)
    const all = await listSchedules(stage.app, stage.actor, {}, { limit: 10 })
    expect(all.map(statusOf)).toEqual(['ended', 'paused', 'active'])
    for (const status of scheduleStatuses) {
      const listed = await listSchedules(stage.app, stage.actor, { status }, { limit: 10 })
      expect(listed).toEqual(all.filter(schedule => statusOf(schedule) === status))
    }
    expect(await listSchedules(stage.app, stage.actor, { agent: 'echo', source: 'api' }, { limit: 10 })).toEqual(all)
    expect(await listSchedules(stage.app, stage.actor, { agent: 'other' }, { limit: 10 })).toEqual([])
    const before = all[0]?.id
    expect(await listSchedules(stage.app, stage.actor, {}, { before, limit: 1 })).toEqual(all.slice(1, 2))
  })
})
