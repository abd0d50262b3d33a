import { expect, test } from 'bun:test'
import { callOf, type PageView, type RunView } from '../api/stage.ts'
import { createDatabase } from '../support/database.ts'
import { type Service, startService } from '../support/service.ts'
import type { OccurrenceView, ScheduleView } from './views.ts'

test('processes that are killed and started on one postgres fire each second exactly once, and finish each run', async () => {
  await using database = await createDatabase('postgres')
  const env = { DATABASE_URL: database.url, LEASE_SECONDS: '5' }
  await using first = await startService({ env })
  await using second = await startService({ env })
  const { body: schedule } = await callOf(first)<ScheduleView>('POST', '/v1/schedules', {
    agent: 'echo',
    input: 'tick',
    cron: '@every 1s',
    overlap: 'allow',
    catch_up: 'all',
  })
  const begin = Date.parse(schedule.next_fire_at ?? '')
  const fired = (count: number, ...services: Service[]) => {
    const text = `"fireAt":"${new Date(begin + count * 1_000).toISOString()}"`
    return Promise.any(services.map(service => service.said(text)))
  }

  await fired(1, first, second)
  await first.stop('SIGKILL')
  await fired(3, second)
  await using third = await startService({ env })
  await second.stop('SIGKILL')
  await fired(5, third)
  await using fourth = await startService({ env })
  await fired(7, third, fourth)
  await third.stop('SIGKILL')
  await fired(9, fourth)
  await callOf(fourth)('POST', `/v1/schedules/${schedule.id}/pause`)

  const { body } = await callOf(fourth)<PageView<OccurrenceView>>(
    'GET',
    `/v1/schedules/${schedule.id}/occurrences?limit=500`,
  )
  const past = body.data.reverse()
  expect(past.length).toBeGreaterThanOrEqual(10)
  expect(past.map(({ fire_at }) => (Date.parse(fire_at) - begin) / 1_000)).toEqual(past.map((_, index) => index))
  expect(past.map(({ outcome }) => outcome)).toEqual(past.map(() => 'fired'))

  const { body: runs } = await callOf(fourth)<PageView<RunView>>('GET', '/v1/runs?limit=500&order=asc')
  expect(runs.data.map(({ id }) => id).sort()).toEqual(past.map(({ run_id }) => run_id ?? '').sort())
  const ended = await Promise.all(runs.data.map(({ id }) => callOf(fourth)<RunView>('GET', `/v1/runs/${id}/wait`)))
  expect(new Set(ended.map(({ body: run }) => run.status))).toEqual(new Set(['completed']))
  const marks = ended.map(({ body: run }) => run.metadata.fire_at)
  expect(marks.sort()).toEqual(past.map(({ fire_at }) => fire_at))
}, 90_000)

test('a change over the API of one process is heeded by the scheduler of another at once', async () => {
  await using database = await createDatabase('postgres')
  await using api = await startService({ env: { DATABASE_URL: database.url, ROLES: 'api' } })
  await using scheduler = await startService({ env: { DATABASE_URL: database.url, ROLES: 'scheduler,worker' } })
  const { body } = await callOf(api)<ScheduleView>('POST', '/v1/schedules', {
    agent: 'echo',
    input: 'x',
    cron: '@every 1s',
  })
  const text = `"fireAt":"${new Date(body.next_fire_at ?? '').toISOString()}"`
  await scheduler.said(text)
  const line =
    scheduler
      .output()
      .split('\n')
      .find(each => each.includes(text)) ?? ''
  // Found by a look each five seconds, it would be later.
  expect(JSON.parse(line).lagSeconds).toBeLessThan(2)
})
