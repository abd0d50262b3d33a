import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type CreatedView, makeJobStage } from '../jobs/job-stage.ts'
import { until } from '../lifecycle/world.ts'
import { engines } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { type QueueView, useJobApi } from './job-api.ts'
import { callOf, must } from './stage.ts'

setDefaultTimeout(60_000)

describe.each(engines)('pauses on %s', engine => {
  const api = useJobApi(engine)
  const post = (path: string, body?: object) => api().call<QueueView>('POST', `/v1/queues/${path}`, body)

  test('a paused queue begins nothing and takes jobs; what runs goes on; resumed, it works them off', async () => {
    const { stage, queue, job } = api()
    stage.handlers.script('before', [{ hold: true }])
    const before = (await stage.work('before')).job.id
    const running = await stage.handlers.call('before')
    const paused = (await must(200, post('default/pause'))).body
    expect(paused).toMatchObject({ name: 'default', paused: true, counts: { running: 1 } })
    const ids: string[] = []
    for (let count = 0; count < 3; count++) ids.push((await stage.work('meanwhile')).job.id)
    running.release()
    await stage.reached(before, 'completed')
    expect(await queue('default')).toMatchObject({ paused_at: paused.paused_at, counts: { available: 3, running: 0 } })
    for (const id of ids) expect((await job(id)).attempt).toBe(0)
    expect((await must(200, post('default/resume'))).body).toMatchObject({ paused: false, paused_at: null })
    for (const id of ids) await stage.reached(id, 'completed')
  })

  test('pausing again keeps since when, and other limits stay', async () => {
    const { call } = api()
    await must(200, call('PATCH', '/v1/queues/lane', { concurrency: 7 }))
    const first = (await must(200, post('lane/pause'))).body
    expect((await must(200, post('lane/pause'))).body).toEqual(first)
    expect((await must(200, post('lane/resume'))).body).toMatchObject({ paused: false, limits: { concurrency: 7 } })
    expect((await must(200, post('lane/resume'))).body.paused).toBe(false)
  })

  test('a queue can be paused before it has any job', async () => {
    const name = `new-${crypto.randomUUID()}`
    expect((await must(200, post(`${name}/pause`))).body).toMatchObject({ name, paused: true })
    expect((await api().queue(name)).paused).toBe(true)
  })

  test('jobs of a paused limit key wait, others do not; an earlier pause is not shortened', async () => {
    const { stage, call } = api()
    const pause = (seconds: number) =>
      call<{ key: string; paused_until: string }>('POST', '/v1/queues/default/keys/pause', { key: 'slow', seconds })
    const { body } = await must(200, pause(3_600))
    expect(body).toMatchObject({ object: 'paused_key', queue: 'default', key: 'slow' })
    expect(Date.parse(body.paused_until) - Date.now()).toBeWithin(3_500_000, 3_700_000)
    expect((await must(200, pause(1))).body).toEqual(body)
    const slow = (await stage.work('slow', { limit_key: 'slow' })).job
    const quick = (await stage.work('quick', { limit_key: 'quick' })).job
    await stage.reached(quick.id, 'completed')
    expect((await stage.row(slow.id)).state).toBe('available')
  })

  test('a limit key begins again by itself when its pause has ended', async () => {
    const { stage, call } = api()
    await must(200, call('POST', '/v1/queues/default/keys/pause', { key: 'short', seconds: 0.3 }))
    const begun = performance.now()
    const { id } = (await stage.work('short', { limit_key: 'short' })).job
    await stage.reached(id, 'completed')
    expect(performance.now() - begun).toBeGreaterThan(200)
  })

  test.each<[object, string]>([
    [{ key: 'k' }, '/seconds'],
    [{ seconds: 1 }, '/key'],
    [{ key: '', seconds: 1 }, '/key'],
    [{ key: 'k', seconds: 0 }, '/seconds'],
  ])('422 for a pause of %j', async (body, path) => {
    const { errors } = (await must(422, api().call('POST', '/v1/queues/default/keys/pause', body))).body
    expect(errors?.map(error => error.path)).toContain(path)
  })
})

test('a pause and its end are heard by every process', async () => {
  await using stage = await makeJobStage('postgres')
  const services = await Promise.all([stage.start(), stage.start()])
  const [one, other] = services.map(callOf)
  if (!one || !other) throw new Error('unreachable: two were started')
  const work = (name: string, count: number) =>
    must(201, one('POST', '/v1/jobs', { jobs: Array(count).fill({ kind: 'work', payload: { name } }) }))

  stage.handlers.script('both', Array(2).fill({ hold: true }))
  await work('both', 2)
  const held = [await stage.handlers.call('both', 1), await stage.handlers.call('both', 2)]
  await must(200, other('POST', '/v1/queues/default/pause'))
  await work('paused', 20)
  for (const call of held) call.release()
  const counts = async () => (await must(200, one<QueueView>('GET', '/v1/queues/default'))).body.counts
  await until('nothing of the queue runs', async () => (await counts()).running === 0)
  expect(await counts()).toMatchObject({ available: 20 })
  expect(stage.handlers.calls('paused')).toHaveLength(0)
  await must(200, one('POST', '/v1/queues/default/resume'))
  await stage.handlers.call('paused', 20)
})

test('workers elsewhere hear of the end of a pause, and of a cancelled first job, before their next poll', async () => {
  await using stage = await makeJobStage('postgres')
  await using api = await startService({ env: { ...stage.env, ROLES: 'api' } })
  await using _worker = await startService({ env: { ...stage.env, ROLES: 'worker' } })
  const call = callOf(api)
  const make = async (name: string, body: object = {}) =>
    (await must(201, call<CreatedView>('POST', '/v1/jobs', { kind: 'work', payload: { name }, ...body }))).body.job.id
  let spent = 0
  const begins = async (name: string) => {
    const begun = performance.now()
    await stage.handlers.call(name)
    spent += performance.now() - begun
  }
  for (let round = 0; round < 10; round++) {
    await must(200, call('POST', '/v1/queues/default/pause'))
    await make(`resumed ${round}`)
    await must(200, call('POST', '/v1/queues/default/resume'))
    await begins(`resumed ${round}`)
    const order = { key: `round ${round}` }
    const first = await make('first', { order, delay_seconds: 600 })
    await make(`next ${round}`, { order })
    await must(200, call('POST', `/v1/jobs/${first}/cancel`))
    await begins(`next ${round}`)
  }
  // Polls are one to two seconds apart: without hints, these twenty would take 20 s and more.
  expect(spent).toBeLessThan(8_000)
})
