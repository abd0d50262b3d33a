import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { systemClock } from '../../src/runtime/clock.ts'
import { pauseSchedule, resumeSchedule } from '../../src/schedules/change-schedule.ts'
import { Scheduler } from '../../src/schedules/scheduler.ts'
import { engines } from '../support/database.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { makeStage } from './stage.ts'

failOnTimersLeft()

describe.each(engines)('on %s', engine => {
  test('the service fires when it is time, and not long after', async () => {
    await using opened = await migratedDatabase(engine)
    const stage = makeStage(opened.database, systemClock, 'default')
    const scheduler = new Scheduler(stage.app)
    scheduler.start()
    stage.app.wakeScheduler = () => scheduler.wake()
    const schedule = await stage.schedule({ cron: '@every 1s', overlap: 'allow' })
    const second = (schedule.nextFireAt ?? 0) + 1_000
    const fired = await stage.facts.until('schedule.fired', ({ fireAt }) => fireAt === second)
    expect(fired.lagSeconds).toBeGreaterThanOrEqual(0)
    expect(fired.lagSeconds).toBeLessThan(2)
    await pauseSchedule(stage.app, stage.actor, schedule.id)
    const { length } = stage.facts.all('schedule.fired')
    await resumeSchedule(stage.app, stage.actor, schedule.id)
    await stage.facts.until('schedule.fired', ({ fireAt }) => fireAt > second + length * 1_000 - 1)
    await scheduler.stop()
  })

  test('a turn that fails is told of, and the next one fires', async () => {
    await using opened = await migratedDatabase(engine)
    const stage = makeStage(opened.database, systemClock, 'default')
    const schedule = await stage.schedule({ cron: '@every 1s' })
    const setCron = (cron: string) =>
      opened.database.transaction(({ orm, tables: { schedules } }) =>
        orm.update(schedules).set({ cron }).where(eq(schedules.id, schedule.id)).returning({ id: schedules.id }),
      )
    await setCron('nonsense')
    const scheduler = new Scheduler(stage.app)
    scheduler.start()
    await stage.facts.until('loop.failed', ({ loop }) => loop === 'scheduler')
    await setCron('@every 1s')
    await stage.facts.until('schedule.fired')
    await scheduler.stop()
  })

  test('stop is safe before start, and twice', async () => {
    await using opened = await migratedDatabase(engine)
    const scheduler = new Scheduler(makeStage(opened.database, systemClock, 'default').app)
    await scheduler.stop()
    scheduler.start()
    await scheduler.stop()
    await scheduler.stop()
  })
})

test('postgres finds due schedules by their index, however many there are', async () => {
  await using opened = await migratedDatabase('postgres')
  const { database } = opened
  const stage = makeStage(database, systemClock, 'default')
  const { id } = await stage.schedule()
  const copy = (count: number, due: string) =>
    database.query(
      `insert into schedules select s.* from generate_series(1, ${count}) n, lateral jsonb_populate_record(
         (select schedules from schedules where id = $1),
         jsonb_build_object('id', 'sch_' || '${due}' || n, 'next_due_at', now() + interval '${due}')) s`,
      [id],
    )
  await copy(20_000, '1 year')
  await database.query('analyze schedules', [])
  const plan = await database.query<{ 'QUERY PLAN': string }>(
    `explain select id from schedules where next_due_at <= coalesce(null::timestamptz, clock_timestamp())
     order by next_due_at limit 100`,
    [],
  )
  const text = plan.map(row => row['QUERY PLAN']).join('\n')
  expect(text).toContain('Index Scan using schedules_due')
})
