import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Call, callOf, type PageView, type RunView } from '../api/stage.ts'
import { createDatabase, engines, type TestDatabase } from '../support/database.ts'
import { type Service, startService } from '../support/service.ts'
import type { OccurrenceView, PreviewView, ScheduleView } from './views.ts'

const yearly = { agent: 'echo', input: 'hello', cron: '0 0 1 1 *' }

describe.each(engines)('on %s', engine => {
  let database: TestDatabase
  let service: Service
  let call: Call

  beforeAll(async () => {
    database = await createDatabase(engine)
    service = await startService({ env: { DATABASE_URL: database.url } })
    call = callOf(service)
  })
  afterAll(async () => {
    await service?.[Symbol.asyncDispose]()
    await database?.[Symbol.asyncDispose]()
  })

  test('a schedule is made, read, changed, listed and deleted', async () => {
    const made = await call<ScheduleView>('POST', '/v1/schedules', {
      ...yearly,
      name: 'New Year',
      timezone: 'Asia/Kolkata',
      metadata: { team: 'a' },
      jitter_seconds: 60,
      overlap: 'queue',
      catch_up: 'all',
      catch_up_limit: 3,
      catch_up_max_age_seconds: 86_400,
      max_attempts: 2,
      timeout_seconds: 30,
      end_at: '2100-01-01T00:00:00',
    })
    expect(made.status).toBe(201)
    const { id } = made.body
    expect(made.headers.get('location')).toBe(`/v1/schedules/${id}`)
    expect(made.body).toMatchObject({
      object: 'schedule',
      source: 'api',
      status: 'active',
      at: null,
      end_at: '2099-12-31T18:30:00.000Z',
      last_fire_at: null,
      overlap: 'queue',
      catch_up_max_age_seconds: 86_400,
    })
    expect(made.body.next_fire_at).toMatch(/^\d{4}-12-31T18:30:00.000Z$/)
    expect((await call('GET', `/v1/schedules/${id}`)).body as unknown).toEqual(made.body)

    const changed = await call<ScheduleView>('PATCH', `/v1/schedules/${id}`, { overlap: null, name: null })
    expect(changed).toMatchObject({ status: 200, body: { overlap: 'skip', name: null, max_attempts: 2 } })
    const page = await call<PageView<ScheduleView>>('GET', '/v1/schedules?agent=echo&status=active&source=api')
    expect(page.body.data.map(schedule => schedule.id)).toContain(id)
    expect((await call('DELETE', `/v1/schedules/${id}`)).status).toBe(204)
    expect(await call('GET', `/v1/schedules/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  test('pause, resume and trigger', async () => {
    const { id } = (await call<ScheduleView>('POST', '/v1/schedules', { ...yearly, enabled: false })).body
    expect((await call<ScheduleView>('POST', `/v1/schedules/${id}/resume`)).body.status).toBe('active')
    const paused = (await call<ScheduleView>('POST', `/v1/schedules/${id}/pause`)).body
    expect([paused.status, paused.next_fire_at]).toEqual(['paused', null])

    const triggered = await call<OccurrenceView>('POST', `/v1/schedules/${id}/trigger`)
    expect(triggered).toMatchObject({ status: 202, body: { origin: 'trigger', outcome: 'fired' } })
    expect(triggered.headers.get('location')).toBe(`/v1/runs/${triggered.body.run_id}`)
    const run = (await call<RunView>('GET', `/v1/runs/${triggered.body.run_id}/wait`)).body
    expect(run).toMatchObject({ status: 'completed', output: 'hello' })
    expect(run.metadata).toEqual({ schedule_id: id, fire_at: triggered.body.fire_at })
    const past = await call<PageView<OccurrenceView>>('GET', `/v1/schedules/${id}/occurrences`)
    expect(past.body.data).toEqual([{ ...triggered.body, run_status: 'completed' }])
  })

  test('a preview of the next times, of a schedule and of a rule that is not kept', async () => {
    const rule = { cron: '30 2 * * *', timezone: 'Europe/Berlin', after: '2026-03-28T12:00:00', count: 2 }
    const unsaved = await call<PreviewView>('POST', '/v1/schedules/preview', rule)
    expect(unsaved).toMatchObject({ status: 200 })
    expect(unsaved.body.data).toEqual([
      { fire_at: '2026-03-29T01:00:00.000Z', due_at: null, local_time: '2026-03-29T03:00:00+02:00' },
      { fire_at: '2026-03-30T00:30:00.000Z', due_at: null, local_time: '2026-03-30T02:30:00+02:00' },
    ])
    const { id, next_fire_at } = (
      await call<ScheduleView>('POST', '/v1/schedules', { ...yearly, jitter_seconds: 3_600 })
    ).body
    const saved = (await call<PreviewView>('GET', `/v1/schedules/${id}/preview?count=3`)).body
    expect(saved.data).toHaveLength(3)
    expect(saved.data[0]?.fire_at).toBe(next_fire_at ?? '')
    for (const { fire_at, due_at } of saved.data) {
      const delay = Date.parse(due_at ?? '') - Date.parse(fire_at)
      expect(delay).toBeGreaterThanOrEqual(0)
      expect(delay).toBeLessThan(3_600_000)
    }
  })

  test('lists come in pages, the newest first', async () => {
    const ids: string[] = []
    for (let count = 0; count < 5; count++) {
      ids.push((await call<ScheduleView>('POST', '/v1/schedules', { ...yearly, name: 'page' })).body.id)
    }
    const { body: first } = await call<PageView<ScheduleView>>('GET', '/v1/schedules?limit=3')
    const { body: second } = await call<PageView<ScheduleView>>(
      'GET',
      `/v1/schedules?limit=3&cursor=${first.next_cursor}`,
    )
    expect(first.has_more).toBe(true)
    expect([...first.data, ...second.data].slice(0, 5).map(schedule => schedule.id)).toEqual(ids.toReversed())
    const id = ids[0] ?? ''
    for (let count = 0; count < 3; count++) await call('POST', `/v1/schedules/${id}/trigger`)
    const path = `/v1/schedules/${id}/occurrences?limit=2`
    const { body: late } = await call<PageView<OccurrenceView>>('GET', path)
    const { body: early } = await call<PageView<OccurrenceView>>('GET', `${path}&cursor=${late.next_cursor}`)
    const fires = [...late.data, ...early.data].map(({ fire_at }) => fire_at)
    expect(fires).toHaveLength(3)
    expect(fires).toEqual(fires.toSorted().reverse())
    expect(await call('GET', `${path}&cursor=${first.next_cursor}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_cursor' },
    })
  })

  test.each<[string, object, string]>([
    ['no rule', { agent: 'echo', input: 'x' }, '/at'],
    ['a rule that is none', { ...yearly, cron: 'every day' }, '/cron'],
    ['seven fields', { ...yearly, cron: '0 0 0 1 1 * 2030' }, '/cron'],
    ['a rule that never fires', { ...yearly, cron: '0 0 31 6 *' }, '/cron'],
    ['an unknown zone', { ...yearly, timezone: 'Europe/Atlantis' }, '/timezone'],
    ['an unknown policy', { ...yearly, overlap: 'wait' }, '/overlap'],
    ['an unknown field', { ...yearly, every: '5m' }, '/every'],
    ['an empty input', { ...yearly, input: '' }, '/input'],
    ['a time that is none', { agent: 'echo', input: 'x', at: 'noon' }, '/at'],
    ['digits as a text', { ...yearly, jitter_seconds: '5' }, '/jitter_seconds'],
  ])('refuses %s', async (_what, body, path) => {
    const refused = await call('POST', '/v1/schedules', body)
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    expect(refused.body.errors?.map(error => error.path)).toContain(path)
  })

  test.each([
    ['agent', { ...yearly, agent: 'nobody' }],
    ['thread', { ...yearly, thread_id: 'thr_none' }],
  ])('refuses an unknown %s', async (_what, body) => {
    expect((await call('POST', '/v1/schedules', body)).status).toBe(404)
  })

  test('a rule fires by itself', async () => {
    const { id } = (await call<ScheduleView>('POST', '/v1/schedules', { ...yearly, cron: '@every 1s' })).body
    await service.said(`"scheduleId":"${id}"`)
    const past = await call<PageView<OccurrenceView>>('GET', `/v1/schedules/${id}/occurrences?outcome=fired`)
    const [occurrence] = past.body.data
    expect((await call<RunView>('GET', `/v1/runs/${occurrence?.run_id}/wait`)).body.status).toBe('completed')
    await call('POST', `/v1/schedules/${id}/pause`)
    expect(await (await service.request('GET', '/metrics')).text()).toMatch(
      /bunkhouse_schedule_occurrences_total\{origin="rule",outcome="fired"\} [1-9]/,
    )
  })
})
