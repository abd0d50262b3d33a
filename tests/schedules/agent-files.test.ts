import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { loadAgentFiles } from '../../src/agents/files/load.ts'
import { pauseSchedule, resumeSchedule } from '../../src/schedules/change-schedule.ts'
import { deleteSchedule } from '../../src/schedules/delete-schedule.ts'
import { listSchedules } from '../../src/schedules/list-schedules.ts'
import { registerFileSchedules } from '../../src/schedules/register-files.ts'
import { type Schedule, statusOf } from '../../src/schedules/schedule.ts'
import { triggerSchedule } from '../../src/schedules/trigger-schedule.ts'
import { updateSchedule } from '../../src/schedules/update-schedule.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type MigratedDatabase, migratedDatabase } from '../support/migrated-database.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { makeStage, type Stage, times } from './stage.ts'

const minute = 60_000

const agentFile = (schedules: string, name = 'clerk') => ({
  [`${name}.ts`]: `import { defineAgent } from 'bunkhouse'
export default defineAgent({ name: '${name}', model: 'builtin/echo', schedules: [${schedules}] })`,
})
const nightly = `{ name: 'nightly', cron: '0 3 * * *', timezone: 'Europe/Berlin', input: 'go', overlap: 'queue' }`
const often = `{ name: 'often', cron: '@every 10m', input: 'go' }`

describe.each(engines)('on %s', engine => {
  let opened: MigratedDatabase
  let clock: FakeClock
  let stage: Stage

  beforeEach(async () => {
    clock = new FakeClock()
    opened = await migratedDatabase(engine)
    stage = makeStage(opened.database, clock, 'default')
  })
  afterEach(() => opened[Symbol.asyncDispose]())

  /** A process starts with these files. */
  const start = async (files: Record<string, string>, { app } = stage) => {
    using folder = temporaryFiles(files)
    const loaded = await loadAgentFiles(folder.path)
    await app.catalog.register(loaded.agents)
    await registerFileSchedules(app, loaded)
  }
  const list = () => listSchedules(stage.app, stage.actor, {}, { limit: 100 })
  const only = async (): Promise<Schedule> => {
    const [schedule, ...more] = await list()
    if (!schedule || more.length > 0) throw new Error(`There are ${more.length} schedules too many, or none.`)
    return schedule
  }

  test('a schedule of an agent file fires', async () => {
    await start(agentFile(often))
    const schedule = await only()
    expect(schedule).toMatchObject({ source: 'file', name: 'often', agent: 'clerk', tenantId: 'default' })
    clock.advance(10 * minute)
    await stage.turn()
    expect(await stage.runs(schedule)).toMatchObject([{ agent: 'clerk', input: 'go' }])
  })

  test('it stays as it is where the file does', async () => {
    await start(agentFile(`${nightly}, ${often}`))
    const before = await list()
    clock.advance(minute)
    await start(agentFile(`${nightly}, ${often}`))
    expect(await list()).toEqual(before)
  })

  test('what is due is not lost by a start', async () => {
    await start(agentFile(often))
    clock.advance(10 * minute)
    await start(agentFile(often.replace("'go'", "'go on'")))
    await stage.turn()
    expect(await stage.runs(await only())).toMatchObject([{ input: 'go on' }])
  })

  test('it changes with the file, and a new rule counts from then on', async () => {
    await start(agentFile(nightly))
    const before = await only()
    expect(times([{ fireAt: before.nextFireAt ?? 0 }])).toEqual(['02:00'])
    clock.advance(minute)
    await start(agentFile(nightly.replace('0 3', '0 14')))
    const after = await only()
    expect(after).toMatchObject({ id: before.id, cron: '0 14 * * *', updatedAt: clock.ms })
    expect(times([{ fireAt: after.nextFireAt ?? 0 }])).toEqual(['13:00'])
  })

  test('one that is taken out fires no more, and goes on when it is put back', async () => {
    await start(agentFile(often))
    const before = await only()
    await start(agentFile(''))
    expect(statusOf(await only())).toBe('removed')
    clock.advance(15 * minute)
    await stage.turn()
    expect(await stage.occurrences(before)).toEqual([])
    await start(agentFile(often))
    const after = await only()
    expect([after.id, statusOf(after)]).toEqual([before.id, 'active'])
    expect(times([{ fireAt: after.nextFireAt ?? 0 }])).toEqual(['12:20'])
  })

  test('a file that is broken takes nothing out', async () => {
    await start(agentFile(often))
    await start({ 'clerk.ts': 'export default {' })
    expect(statusOf(await only())).toBe('active')
  })

  test('one that is wrong is told of, and what it was before stays', async () => {
    await start(agentFile(nightly))
    await start(
      agentFile(`${nightly.replace('0 3', '0 33')}, { name: 'nowhere', cron: '@daily', timezone: 'Mars', input: 'x' }`),
    )
    expect(stage.facts.all('schedule.refused')).toMatchObject([
      { agent: 'clerk', schedule: 'nightly', message: expect.stringContaining('Invalid value for hour: 33') },
      { agent: 'clerk', schedule: 'nowhere', message: 'The tz database has no zone Mars.' },
    ])
    expect(await only()).toMatchObject({ cron: '0 3 * * *', removedAt: null })
  })

  test('a single time that has passed is kept as ended', async () => {
    await start(agentFile(`{ name: 'once', at: '2026-01-01T00:00:00', input: 'x' }`))
    expect(statusOf(await only())).toBe('ended')
    expect(stage.facts.all('schedule.refused')).toEqual([])
  })

  test('over the API it can be paused, resumed and triggered, and nothing else', async () => {
    await start(agentFile(often))
    const { id } = await only()
    await pauseSchedule(stage.app, stage.actor, id)
    await start(agentFile(often.replace('10m', '20m')))
    expect(await only()).toMatchObject({ cron: '@every 20m', nextFireAt: null })
    expect(statusOf(await only())).toBe('paused')
    await resumeSchedule(stage.app, stage.actor, id)
    expect(statusOf(await only())).toBe('active')
    expect(await triggerSchedule(stage.app, stage.actor, id)).toMatchObject({ outcome: 'fired' })
    await expect(updateSchedule(stage.app, stage.actor, id, { input: 'x' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(deleteSchedule(stage.app, stage.actor, id)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('one that is gone from its file can be deleted, and not be run', async () => {
    await start(agentFile(often))
    await start(agentFile(''))
    const { id } = await only()
    for (const verb of [pauseSchedule, resumeSchedule, triggerSchedule]) {
      await expect(verb(stage.app, stage.actor, id)).rejects.toMatchObject({ code: 'conflict' })
    }
    await deleteSchedule(stage.app, stage.actor, id)
    expect(await list()).toEqual([])
  })

  test('processes that start together make it once', async () => {
    const others = await Promise.all(
      Array.from({ length: 4 }, async () => makeStage(await opened.openAgain(), clock, 'default')),
    )
    await Promise.all([stage, ...others].map(each => start(agentFile(`${nightly}, ${often}`), each)))
    expect((await list()).map(({ name }) => name).sort()).toEqual(['nightly', 'often'])
  })
})
