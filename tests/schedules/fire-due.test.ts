import { beforeEach, describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { queueTime } from '../../src/queue/time.ts'
import { readEvents } from '../../src/runs/read-events.ts'
import { fireDue } from '../../src/schedules/fire-due.ts'
import { nextScheduleMs } from '../../src/schedules/sql/due-schedules.ts'
import { createThread } from '../../src/threads/create-thread.ts'
import { deleteThread } from '../../src/threads/delete-thread.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type MigratedDatabase, sharedDatabase } from '../support/migrated-database.ts'
import { makeStage, type Stage, times } from './stage.ts'

const minute = 60_000
const hour = 60 * minute

describe.each(engines)('on %s', engine => {
  const shared = sharedDatabase(engine)
  let opened: MigratedDatabase
  let clock: FakeClock
  let stage: Stage

  // It is 12:00 on the first of March.
  beforeEach(async () => {
    opened = shared()
    clock = new FakeClock()
    stage = makeStage(opened.database, clock, `tenant_${crypto.randomUUID()}`)
    // Others of earlier tests would be due too.
    const { database } = opened
    await database.transaction(({ orm, tables }) => orm.delete(tables.schedules).returning({ id: tables.schedules.id }))
  })

  test('an occurrence gets a run with its job and first event, and the schedule its next time', async () => {
    const schedule = await stage.schedule({ input: 'what is new?', metadata: { team: 'a' }, maxAttempts: 2 })
    clock.advance(10 * minute)
    await stage.turn()

    const [occurrence] = await stage.occurrences(schedule)
    const fireAt = Date.parse('2026-03-01T12:10:00.000Z')
    expect(occurrence).toMatchObject({ fireAt, origin: 'rule', outcome: 'fired', detail: null, createdAt: clock.ms })
    expect(occurrence?.run).toMatchObject({
      agent: 'echo',
      agentVersion: 1,
      status: 'queued',
      input: 'what is new?',
      maxAttempts: 2,
      metadata: { team: 'a', schedule_id: schedule.id, fire_at: '2026-03-01T12:10:00.000Z' },
    })
    const { database } = opened
    const { run } = occurrence ?? {}
    expect(await readEvents(database, run?.id ?? '', 0, 10)).toMatchObject([{ seq: 1, type: 'run.created' }])
    const { jobs } = database.tables
    const [job] = await database.orm
      .select()
      .from(jobs)
      .where(eq(jobs.id, run?.jobId ?? ''))
    expect(job).toMatchObject({ kind: 'run', state: 'available', payload: { run_id: run?.id }, maxAttempts: 2 })
    expect(await stage.read(schedule)).toMatchObject({ lastFireAt: fireAt, nextFireAt: fireAt + 10 * minute })
    expect(stage.facts.all('schedule.fired')).toMatchObject([
      { scheduleId: schedule.id, agent: 'echo', outcome: 'fired', lagSeconds: 0, runId: run?.id },
    ])
  })

  test('nothing fires before its time, and nothing twice', async () => {
    const schedule = await stage.schedule()
    clock.advance(10 * minute - 1)
    await stage.turn()
    expect(await stage.occurrences(schedule)).toEqual([])
    clock.advance(1)
    await stage.turn()
    await stage.turn()
    expect(times(await stage.occurrences(schedule))).toEqual(['12:10'])
  })

  test('the scheduler knows how long it may sleep', async () => {
    await stage.schedule()
    const next = () => nextScheduleMs(opened.database, queueTime(opened.database, clock))
    expect(await next()).toBe(10 * minute)
    clock.advance(10 * minute + 5)
    expect(await next()).toBe(-5)
  })

  test('many schedules that are due at once all fire, in batches', async () => {
    const schedules = await Promise.all(Array.from({ length: 250 }, () => stage.schedule()))
    clock.advance(10 * minute)
    const first = await fireDue(stage.app)
    expect([first.occurrences.length, first.more]).toEqual([100, true])
    await stage.turn()
    expect(
      stage.facts
        .all('schedule.fired')
        .map(fact => fact.scheduleId)
        .sort(),
    ).toEqual(schedules.map(({ id }) => id).sort())
  })

  test('a single time fires once, and the schedule has ended', async () => {
    const schedule = await stage.schedule({ at: '2026-03-01T13:00:00' })
    clock.advance(hour)
    await stage.turn()
    clock.advance(24 * hour)
    await stage.turn()
    expect(times(await stage.occurrences(schedule))).toEqual(['13:00'])
    expect(await stage.read(schedule)).toMatchObject({ nextFireAt: null, nextDueAt: null })
  })

  describe('after a sleep of an hour', () => {
    const outcomes = async (catchUp: 'skip' | 'one' | 'all', limit?: number) => {
      const schedule = await stage.schedule({ catchUp, catchUpLimit: limit, overlap: 'allow' })
      clock.advance(hour + 5 * minute)
      await stage.turn()
      expect((await stage.read(schedule)).nextFireAt).toBe(Date.parse('2026-03-01T13:10:00Z'))
      const past = await stage.occurrences(schedule)
      return {
        fired: times(past.filter(each => each.run)),
        missed: times(past.filter(each => each.outcome === 'missed')),
      }
    }

    test('skip starts nothing', async () => {
      expect(await outcomes('skip')).toEqual({
        fired: [],
        missed: ['12:10', '12:20', '12:30', '12:40', '12:50', '13:00'],
      })
    })

    test('one starts the last', async () => {
      expect(await outcomes('one')).toEqual({ fired: ['13:00'], missed: ['12:10', '12:20', '12:30', '12:40', '12:50'] })
    })

    test('all starts all, up to its number', async () => {
      expect(await outcomes('all', 4)).toEqual({
        fired: ['12:30', '12:40', '12:50', '13:00'],
        missed: ['12:10', '12:20'],
      })
    })
  })

  test('jitter puts an occurrence off, by the same in every process', async () => {
    const schedule = await stage.schedule({ jitterSeconds: 300 })
    const { nextFireAt, nextDueAt } = schedule
    expect(nextDueAt).toBeGreaterThan(nextFireAt ?? 0)
    const other = makeStage(await opened.openAgain(), clock, stage.actor.tenantId)
    clock.ms = (nextDueAt ?? 0) - 1
    await stage.turn()
    await other.turn()
    expect(await stage.occurrences(schedule)).toEqual([])
    clock.advance(1)
    await other.turn()
    expect(times(await stage.occurrences(schedule))).toEqual(['12:10'])
    expect(other.facts.all('schedule.fired')).toMatchObject([{ lagSeconds: 0 }])
  })

  test('a clock that was set back fires nothing again', async () => {
    const schedule = await stage.schedule({ overlap: 'allow' })
    clock.advance(30 * minute)
    await stage.turn()
    clock.advance(-25 * minute)
    for (let turn = 0; turn < 5; turn++) {
      clock.advance(10 * minute)
      await stage.turn()
    }
    expect(times(await stage.occurrences(schedule))).toEqual(['12:10', '12:20', '12:30', '12:40', '12:50'])
    expect(times((await stage.occurrences(schedule)).filter(each => each.run))).toEqual(['12:30', '12:40', '12:50'])
  })

  describe('what cannot be started is written down', () => {
    test('without its agent', async () => {
      const schedule = await stage.schedule()
      await change(schedule.id, { agent: 'gone' })
      clock.advance(10 * minute)
      await stage.turn()
      expect(await stage.occurrences(schedule)).toMatchObject([
        { outcome: 'failed', detail: 'No agent has the id gone.', runId: null },
      ])
      expect((await stage.read(schedule)).nextFireAt).toBe(clock.ms + 10 * minute)
    })

    test('without its thread', async () => {
      const thread = await createThread(stage.app, stage.actor, {})
      const schedule = await stage.schedule({ threadId: thread.id })
      await deleteThread(stage.app, stage.actor, thread.id)
      clock.advance(10 * minute)
      await stage.turn()
      expect(await stage.occurrences(schedule)).toMatchObject([
        { outcome: 'failed', detail: `No thread has the id ${thread.id}.` },
      ])
    })
  })

  test('one that cannot be understood does not stop the others', async () => {
    const broken = await stage.schedule()
    await change(broken.id, { cron: 'nonsense' })
    const sound = await stage.schedule()
    clock.advance(10 * minute)
    await stage.turn()
    expect(times(await stage.occurrences(sound))).toEqual(['12:10'])
    expect(await stage.occurrences(broken)).toEqual([])
    expect(stage.facts.all('schedule.failed')).toMatchObject([{ scheduleId: broken.id }])
  })

  const change = (id: string, values: { agent?: string; cron?: string }) =>
    opened.database.transaction(({ orm, tables: { schedules } }) =>
      orm.update(schedules).set(values).where(eq(schedules.id, id)).returning({ id: schedules.id }),
    )
})
