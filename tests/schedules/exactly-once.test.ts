import { describe, expect, test } from 'bun:test'
import { queueTime } from '../../src/queue/time.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import { Scheduler } from '../../src/schedules/scheduler.ts'
import { readNow } from '../../src/schedules/sql/lock-schedule.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { makeStage } from './stage.ts'

failOnTimersLeft()

/** A host whose clock is wrong: the database's decides all the same. */
const skewed = (ms: number): Clock => ({ now: () => Date.now() + ms, pinned: () => null })

describe.each(engines)('on %s', engine => {
  test('processes that look at the same moment start each occurrence once', async () => {
    await using opened = await migratedDatabase(engine)
    const clock = new FakeClock()
    const first = makeStage(opened.database, clock, 'default')
    const others = await Promise.all(
      Array.from({ length: 3 }, async () => makeStage(await opened.openAgain(), clock, 'default')),
    )
    const stages = [first, ...others]
    const schedules = await Promise.all(Array.from({ length: 120 }, () => first.schedule({ overlap: 'allow' })))
    for (let round = 0; round < 5; round++) {
      clock.advance(600_000)
      await Promise.all(stages.flatMap(stage => [stage.turn(), stage.turn()]))
      // Whoever found all of them taken looks again.
      await first.turn()
    }
    const told = stages.flatMap(stage => stage.facts.all('schedule.fired'))
    expect(told).toHaveLength(schedules.length * 5)
    const { runs, occurrences } = opened.database.tables
    const made = await opened.database.orm.select({ id: runs.id }).from(runs)
    const kept = await opened.database.orm.select({ runId: occurrences.runId }).from(occurrences)
    expect(made.map(({ id }) => id).sort()).toEqual(kept.map(({ runId }) => runId ?? '').sort())
    expect(made).toHaveLength(schedules.length * 5)
  })
})

test('on postgres, processes whose clocks are 30 s apart fire each second once, by the clock of the database', async () => {
  await using opened = await migratedDatabase('postgres')
  const stages = await Promise.all(
    [-30_000, 0, 30_000].map(async ms => makeStage(await opened.openAgain(), skewed(ms), 'default')),
  )
  const [slow, right, fast] = stages
  if (!slow || !right || !fast) throw new Error('there are three')
  const made = []
  for (const stage of stages) made.push(await stage.schedule({ cron: '* * * * * *', overlap: 'allow', catchUp: 'all' }))
  const schedulers = stages.map(stage => new Scheduler(stage.app))
  for (const scheduler of schedulers) scheduler.start()
  const seconds = 4
  await Promise.all(
    made.map(({ id, nextFireAt }) => {
      const last = (nextFireAt ?? 0) + (seconds - 1) * 1_000
      const fired = (stage: typeof right) =>
        stage.facts.until('schedule.fired', fact => fact.scheduleId === id && fact.fireAt >= last)
      return Promise.race(stages.map(fired))
    }),
  )
  await Promise.all(schedulers.map(scheduler => scheduler.stop()))

  const now = await opened.database.transaction(tx => readNow(tx, queueTime(tx, right.app.clock)))
  for (const schedule of made) {
    // Whichever clock its maker had, it began with the database's next second.
    expect(Math.abs((schedule.nextFireAt ?? 0) - schedule.createdAt)).toBeLessThanOrEqual(1_000)
    const past = await right.occurrences(schedule)
    const begin = schedule.nextFireAt ?? 0
    expect(past.map(({ fireAt }) => (fireAt - begin) / 1_000)).toEqual(past.map((_, index) => index))
    expect(past.length).toBeGreaterThanOrEqual(seconds)
    expect(new Set(past.map(({ runId }) => runId)).size).toBe(past.length)
    for (const { fireAt, createdAt } of past) {
      expect(createdAt).toBeGreaterThanOrEqual(fireAt)
      expect(createdAt).toBeLessThanOrEqual(now)
    }
  }
  const told = stages.flatMap(stage => stage.facts.all('schedule.fired').map(fact => fact.runId))
  expect(new Set(told).size).toBe(told.length)
})
