import { describe, expect, test } from 'bun:test'
import { pruneOccurrences } from '../../src/schedules/prune-occurrences.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { makeStage } from './stage.ts'

const day = 24 * 3_600_000

describe.each(engines)('old occurrences on %s', engine => {
  const opened = sharedDatabase(engine)

  test('are forgotten after 90 days, with their runs kept', async () => {
    const { database } = opened()
    const clock = new FakeClock()
    const stage = makeStage(database, clock, `tenant_${crypto.randomUUID()}`)
    const schedule = await stage.schedule({ cron: '0 12 * * *', catchUp: 'all', catchUpLimit: 100 })
    for (let days = 0; days < 3; days++) {
      clock.advance(day)
      await stage.turn()
    }
    const [first, ...later] = await stage.occurrences(schedule)
    expect(later).toHaveLength(2)

    clock.ms = (first?.fireAt ?? 0) + 90 * day
    const prune = () => database.transaction(tx => pruneOccurrences(tx, clock.now()))
    expect(await prune()).toBe(false)
    expect(await stage.occurrences(schedule)).toHaveLength(3)
    clock.advance(1)
    expect(await prune()).toBe(false)
    expect((await stage.occurrences(schedule)).map(({ fireAt }) => fireAt)).toEqual(later.map(({ fireAt }) => fireAt))
    const { runs } = database.tables
    const kept = await database.orm.select({ id: runs.id }).from(runs)
    expect(kept).toContainEqual({ id: first?.run?.id ?? 'none' })
  })

  test('are deleted batch by batch', async () => {
    const { database } = opened()
    const clock = new FakeClock()
    const stage = makeStage(database, clock, `tenant_${crypto.randomUUID()}`)
    const schedule = await stage.schedule()
    const past = Array.from({ length: 501 }, (_, index) => ({
      scheduleId: schedule.id,
      tenantId: schedule.tenantId,
      fireAt: clock.now() - 100 * day - index * 1000,
      origin: 'rule',
      outcome: 'skipped',
      createdAt: clock.now(),
    }))
    await database.transaction(({ orm, tables }) =>
      orm.insert(tables.occurrences).values(past).returning({ at: tables.occurrences.fireAt }),
    )
    const prune = () => database.transaction(tx => pruneOccurrences(tx, clock.now()))
    expect(await prune()).toBe(true)
    expect(await stage.occurrences(schedule)).toHaveLength(1)
    expect(await prune()).toBe(false)
    expect(await stage.occurrences(schedule)).toEqual([])
  })
})
