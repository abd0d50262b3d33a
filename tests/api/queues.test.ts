import { describe, expect, test } from 'bun:test'
import { systemClock } from '../../src/runtime/clock.ts'
import { engines } from '../support/database.ts'
import { claim, newQueue } from '../support/jobs.ts'
import { type BlockedKeyView, type QueueView, useJobApi } from './job-api.ts'
import { allPages, must, type PageView } from './stage.ts'

const noLimits = { concurrency: null, key_concurrency: null, rate: null, key_rate: null, depth: null }

describe.each(engines)('/v1/queues on %s', engine => {
  const api = useJobApi(engine)
  const patch = (name: string, body: unknown) => api().call<QueueView>('PATCH', `/v1/queues/${name}`, body)

  test('200 with how many jobs a queue has in each state, and since when the oldest waits', async () => {
    const { insert, queue, job, call, database } = api()
    const name = newQueue()
    const [running = ''] = await insert(name, { priority: -9 })
    await claim(database, systemClock, name)
    const [oldest = ''] = await insert(name, { priority: 3 })
    await insert(name, { priority: 1 }, { priority: 2 }, { delayMs: 60_000 }, { delayMs: 60_000 })
    await insert(name, { dependsOn: [running] })
    const [cancelled = ''] = await insert(name, {})
    await must(200, call('POST', `/v1/jobs/${cancelled}/cancel`))
    expect(await queue(name)).toEqual({
      object: 'queue',
      name,
      paused: false,
      paused_at: null,
      limits: noLimits,
      counts: { waiting: 1, scheduled: 2, available: 3, running: 1, discarded: 0 },
      capped: [],
      oldest_available_at: (await job(oldest)).run_at,
    })
  })

  test('counts discarded jobs', async () => {
    const { stage, queue } = api()
    const before = (await queue('lane')).counts.discarded
    stage.handlers.script('dead', [{ throws: { name: 'NonRetryable', message: 'no' } }])
    await stage.reached((await stage.work('dead', { kind: 'lane' })).job.id, 'discarded')
    expect((await queue('lane')).counts.discarded).toBe(before + 1)
  })

  test('counts and shows nothing of other tenants', async () => {
    const { insert, queue, call } = api()
    const [shared, foreign] = [newQueue(), newQueue()]
    const given = [{}, { delayMs: 60_000 }]
    await insert(shared, ...given)
    for (const name of [shared, foreign]) await insert(name, ...given.map(one => ({ ...one, tenantId: 'other' })))
    expect((await queue(shared)).counts).toMatchObject({ available: 1, scheduled: 1 })
    expect((await must(404, call('GET', `/v1/queues/${foreign}`))).body.code).toBe('not_found')
    const { items } = await allPages<QueueView>(call, '/v1/queues')
    const names = items.map(({ name }) => name)
    expect([names.includes(shared), names.includes(foreign)]).toEqual([true, false])
  })

  test('lists queues by name, each as it is read: those with jobs, those with settings, and its own', async () => {
    const { insert, queue, call } = api()
    const [jobs, settings, later] = [newQueue(), newQueue(), newQueue()]
    await insert(jobs, {})
    await insert(later, { delayMs: 60_000 })
    await must(200, patch(settings, { concurrency: 1 }))
    const { items } = await allPages<QueueView>(call, '/v1/queues?limit=2')
    const names = items.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)].sort())
    expect(names).toEqual(expect.arrayContaining([jobs, settings, later, 'default', 'lane', 'runs']))
    expect(items.find(({ name }) => name === jobs)).toEqual(await queue(jobs))
  })

  test('404 for a queue without jobs and settings, and for what is no name of one', async () => {
    const { call } = api()
    const name = newQueue()
    const { body } = await must(404, call('GET', `/v1/queues/${name}`))
    expect(body).toMatchObject({ code: 'not_found', detail: `No queue has the id ${name}.` })
    const long = 'x'.repeat(256)
    await must(404, call('GET', `/v1/queues/${long}`))
    await must(404, patch(long, { depth: 1 }))
    await must(404, call('POST', `/v1/queues/${long}/pause`))
    await must(404, call('POST', `/v1/queues/${long}/resume`))
    await must(404, call('GET', `/v1/queues/${long}/blocked-keys`))
    await must(404, call('POST', `/v1/queues/${long}/keys/pause`, { key: 'k', seconds: 1 }))
  })

  test('PATCH sets limits, keeps those it does not name, and takes off those that are null', async () => {
    const { queue } = api()
    const name = newQueue()
    const all = {
      concurrency: 20,
      key_concurrency: 2,
      rate: { limit: 100, period_seconds: 60 },
      key_rate: { limit: 1, period_seconds: 0.5 },
      depth: 1_000,
    }
    expect((await must(200, patch(name, all))).body).toMatchObject({ name, limits: all, paused: false })
    const changed = (await must(200, patch(name, { rate: null, depth: 5 }))).body
    expect(changed.limits).toEqual({ ...all, rate: null, depth: 5 })
    expect(await queue(name)).toEqual(changed)
    await must(200, patch(name, Object.fromEntries(Object.keys(all).map(key => [key, null]))))
    expect((await queue(name)).limits).toEqual(noLimits)
  })

  test.each<[string, object, string]>([
    ['nothing', {}, ''],
    ['no limit at all', { concurrency: 0 }, '/concurrency'],
    ['a rate without a period', { rate: { limit: 5 } }, '/rate/period_seconds'],
    ['a text', { depth: '5' }, '/depth'],
    ['a field of the answer', { paused: true }, '/paused'],
  ])('422 for %s', async (_what, body, path) => {
    const { body: problem } = await must(422, api().call('PATCH', `/v1/queues/${newQueue()}`, body))
    expect(problem.errors?.map(error => error.path)).toContain(path)
  })

  test('a queue that is full answers new jobs with 429', async () => {
    const { stage, call } = api()
    await must(200, patch('lane', { depth: 1 }))
    const made = () => call('POST', '/v1/jobs', { kind: 'lane', payload: { name: 'deep' }, delay_seconds: 600 })
    await must(201, made())
    const refused = await must(429, made())
    expect(refused.body.code).toBe('rate_limited')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    await must(200, patch('lane', { depth: null }))
    await must(201, made())
    expect(stage.handlers.calls('deep')).toHaveLength(0)
  })

  test('a limit holds from the next claim on, and is taken off while jobs wait', async () => {
    const { stage, queue } = api()
    stage.handlers.script('limited', Array(3).fill({ hold: true }))
    await must(200, patch('lane', { concurrency: 1 }))
    await stage.many(Array.from({ length: 3 }, () => ({ kind: 'lane', payload: { name: 'limited' } })))
    const first = await stage.handlers.call('limited', 1)
    expect((await queue('lane')).counts).toMatchObject({ running: 1, available: 2 })
    await must(200, patch('lane', { concurrency: null }))
    const others = [await stage.handlers.call('limited', 2), await stage.handlers.call('limited', 3)]
    expect((await queue('lane')).counts).toMatchObject({ running: 3, available: 0 })
    for (const call of [first, ...others]) call.release()
  })

  test('lists order keys that a discarded job blocks, with its error and how many wait behind', async () => {
    const { stage, call } = api()
    const blocked = async (query = '') =>
      (await must(200, call<PageView<BlockedKeyView>>('GET', `/v1/queues/default/blocked-keys${query}`))).body
    const keys = ['a', 'b'].map(key => `${key} of ${engine}`)
    const first: string[] = []
    for (const key of keys) {
      stage.handlers.script(key, [{ throws: { name: 'NonRetryable', message: `no ${key}` } }])
      const order = { key, on_failure: 'block' }
      const { id } = (await stage.work(key, { order })).job
      await stage.reached(id, 'discarded')
      first.push(id)
      for (let count = 0; count < 2; count++) await stage.work('behind', { order: { key } })
    }
    const { data } = await blocked()
    expect(data).toMatchObject(
      keys.map((key, index) => ({
        object: 'blocked_key',
        order_key: key,
        reason: 'discarded',
        job_id: first[index],
        next_attempt_at: null,
        error: `no ${key}`,
        jobs_behind: 2,
      })),
    )
    expect(data[0]?.blocked_at).toBeString()
    const page = await blocked('?limit=1')
    expect(page.data).toEqual(data.slice(0, 1))
    expect((await blocked(`?limit=1&cursor=${page.next_cursor}`)).data).toEqual(data.slice(1))
    await must(200, call('POST', `/v1/jobs/${first[0]}/cancel`))
    await must(200, call('POST', `/v1/jobs/${first[1]}/retry`))
    expect((await blocked()).data).toEqual([])
  })

  test('lists order keys whose first job waits for its next attempt while others wait for it', async () => {
    const { stage, call } = api()
    const key = `retrying on ${engine}`
    stage.handlers.script(key, [{ throws: { name: 'RetryLater', message: 'busy', seconds: 600 } }])
    const { id } = (await stage.work(key, { order: { key } })).job
    await stage.reached(id, 'scheduled')
    const list = () => call<PageView<BlockedKeyView>>('GET', '/v1/queues/default/blocked-keys')
    expect((await must(200, list())).body.data).toEqual([])
    await stage.work('behind it', { order: { key } })
    const [blocked] = (await must(200, list())).body.data
    expect(blocked).toMatchObject({ order_key: key, reason: 'retrying', job_id: id, blocked_at: null, jobs_behind: 1 })
    expect(blocked).toMatchObject({ error: 'busy', next_attempt_at: (await api().job(id)).run_at })
  })
})
