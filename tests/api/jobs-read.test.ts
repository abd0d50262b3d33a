import { describe, expect, test } from 'bun:test'
import { systemClock } from '../../src/runtime/clock.ts'
import { engines } from '../support/database.ts'
import { claim, newQueue } from '../support/jobs.ts'
import { type JobView, type LogLineView, useJobApi } from './job-api.ts'
import { allPages, must, type PageView } from './stage.ts'

describe.each(engines)('reading jobs on %s', engine => {
  const api = useJobApi(engine)

  test('200 with all that is known of a job', async () => {
    const { stage, job } = api()
    stage.handlers.script('whole', [
      { log: ['first'], throws: { name: 'Error', message: 'not yet' } },
      { progress: { done: 3, of: 4 }, result: { sum: 7 } },
    ])
    const body = { priority: 5, timeout_seconds: 1.5, order: { key: 'k' }, limit_key: 'l', max_attempts: 3 }
    const { id } = (await stage.work('whole', body)).job
    await stage.reached(id, 'completed')
    const read = await job(id)
    expect(read).toEqual({
      id,
      object: 'job',
      queue: 'default',
      kind: 'work',
      state: 'completed',
      priority: 5,
      payload: { name: 'whole' },
      result: { sum: 7 },
      progress: { done: 3, of: 4 },
      attempt: 2,
      max_attempts: 3,
      errors: [{ attempt: 1, at: expect.stringMatching(/^\d{4}-.*Z$/), message: 'not yet' }],
      redrives: [],
      order_key: 'k',
      limit_key: 'l',
      depends_on: [],
      waits_for: 0,
      run_at: expect.stringMatching(/Z$/),
      timeout_seconds: 1.5,
      worker: null,
      cancel_requested_at: null,
      created_at: expect.stringMatching(/Z$/),
      started_at: expect.stringMatching(/Z$/),
      finished_at: expect.stringMatching(/Z$/),
    })
    expect(Date.parse(read.errors[0]?.at ?? '')).toBeWithin(
      Date.parse(read.created_at),
      Date.parse(read.finished_at ?? '') + 1,
    )
  })

  test('200 with the worker of a running job, and with what a waiting one waits for', async () => {
    const { stage, job, insert, database } = api()
    const queue = newQueue()
    const [first = ''] = await insert(queue, {})
    await claim(database, systemClock, queue, { worker: 'wrk_of_test' })
    expect(await job(first)).toMatchObject({ state: 'running', worker: 'wrk_of_test', attempt: 1, finished_at: null })
    const [after = ''] = await insert(queue, { dependsOn: [first] })
    expect(await job(after)).toMatchObject({ state: 'waiting', depends_on: [first], waits_for: 1, started_at: null })
    expect((await stage.row(after)).waitsFor).toBe(1)
  })

  test('404 for a job that is not there, and for one of another tenant, in every route', async () => {
    const { call, insert } = api()
    const [other = ''] = await insert(newQueue(), { tenantId: 'other' })
    for (const id of ['job_none', other]) {
      const asked = [
        ['GET', `/v1/jobs/${id}`],
        ['GET', `/v1/jobs/${id}/logs`],
        ['POST', `/v1/jobs/${id}/cancel`],
        ['POST', `/v1/jobs/${id}/retry`],
      ] as const
      for (const [method, path] of asked) {
        const { body } = await must(404, call(method, path))
        expect(body).toMatchObject({ code: 'not_found', detail: `No job has the id ${id}.` })
      }
    }
    expect((await api().stage.row(other)).state).toBe('available')
  })

  test('lists the newest first, each as it is read, by pages that hold every job once', async () => {
    const { insert, jobs, job, call } = api()
    const queue = newQueue()
    const ids = (await insert(queue, ...Array.from({ length: 7 }, () => ({})))).toReversed()
    const { data } = await jobs(`queue=${queue}`)
    expect(data.map(({ id }) => id)).toEqual(ids)
    expect(data[0]).toEqual(await job(ids[0] ?? ''))
    const { items, pages } = await allPages<JobView>(call, `/v1/jobs?queue=${queue}&limit=3`)
    expect([items.map(({ id }) => id), pages]).toEqual([ids, 3])
  })

  test('lists by queue, kind, state and order key, alone and together', async () => {
    const { insert, jobs, database } = api()
    const [queue, kind] = [newQueue(), `kind-${crypto.randomUUID()}`]
    const key = `job default/${queue}`
    const [running = '', later = '', ordered = '', plain = ''] = await insert(
      queue,
      { priority: -1, kind, orderKey: key },
      { delayMs: 60_000, kind },
      { orderKey: key },
      { kind },
    )
    await claim(database, systemClock, queue, { limit: 1 })
    const listed = async (query: string) => (await jobs(query)).data.map(({ id }) => id)
    expect(await listed(`queue=${queue}`)).toEqual([plain, ordered, later, running])
    expect(await listed(`kind=${kind}`)).toEqual([plain, later, running])
    expect(await listed(`queue=${queue}&state=running`)).toEqual([running])
    expect(await listed(`queue=${queue}&state=scheduled`)).toEqual([later])
    expect(await listed(`queue=${queue}&state=available&kind=${kind}`)).toEqual([plain])
    expect(await listed(`order_key=${queue}`)).toEqual([ordered, running])
    expect(await listed(`order_key=${queue}&state=available`)).toEqual([ordered])
    expect(await listed(`queue=${queue}&state=discarded`)).toEqual([])
    expect(await listed(`queue=${newQueue()}`)).toEqual([])
  })

  test('lists nothing of other tenants', async () => {
    const { insert, jobs } = api()
    const queue = newQueue()
    const [mine] = await insert(queue, {}, { tenantId: 'other' })
    for (const query of [`queue=${queue}`, `queue=${queue}&state=available`]) {
      expect((await jobs(query)).data.map(({ id }) => id)).toEqual([mine ?? ''])
    }
  })

  test.each(['state=lost', 'limit=0', 'status=running'])('422 for ?%s', async query => {
    const { body } = await must(422, api().call('GET', `/v1/jobs?${query}`))
    expect(body.code).toBe('invalid_request')
  })

  test('400 for a cursor of another list', async () => {
    const { call } = api()
    const cursor = Buffer.from(`runs run_${'0'.repeat(32)}`).toString('base64url')
    expect((await must(400, call('GET', `/v1/jobs?cursor=${cursor}`))).body.code).toBe('invalid_cursor')
  })

  test('shows a log line by line, attempt by attempt, in pages', async () => {
    const { stage, call } = api()
    stage.handlers.script('talks', [
      { log: ['one', 'two'], throws: { name: 'Error', message: 'again' } },
      { log: ['three', 'four', 'five'] },
    ])
    const { id } = (await stage.work('talks')).job
    await stage.lines(id, 5)
    const read = async (query: string) =>
      (await must(200, call<PageView<LogLineView>>('GET', `/v1/jobs/${id}/logs?${query}`))).body
    const first = await read('limit=3')
    expect(first.data.map(line => [line.job_id, line.attempt, line.line, line.message])).toEqual([
      [id, 1, 1, 'one'],
      [id, 1, 2, 'two'],
      [id, 2, 1, 'three'],
    ])
    expect(first).toMatchObject({ object: 'list', has_more: true, next_cursor: '2.1' })
    const second = await read(`after=${first.next_cursor}`)
    expect(second.data.map(({ message }) => message)).toEqual(['four', 'five'])
    expect(second).toMatchObject({ has_more: false, next_cursor: null })
    expect((await must(400, call('GET', `/v1/jobs/${id}/logs?after=two`))).body.code).toBe('invalid_cursor')
  })
})
