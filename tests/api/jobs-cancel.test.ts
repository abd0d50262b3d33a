import { describe, expect, test } from 'bun:test'
import { systemClock } from '../../src/runtime/clock.ts'
import { engines } from '../support/database.ts'
import { claim, newQueue } from '../support/jobs.ts'
import { type JobView, useJobApi } from './job-api.ts'
import { must, type PageView, useStage } from './stage.ts'

describe.each(engines)('POST /v1/jobs/:id/cancel on %s', engine => {
  const api = useJobApi(engine)
  const cancel = (id: string) => api().call<JobView & { code: string; detail: string }>('POST', `/v1/jobs/${id}/cancel`)

  test.each([
    ['an available', {}],
    ['a scheduled', { delayMs: 60_000 }],
  ])('200 at once for %s job', async (_what, given) => {
    const [id = ''] = await api().insert(newQueue(), given)
    const { body } = await must(200, cancel(id))
    expect(body).toMatchObject({ id, state: 'cancelled', attempt: 0, worker: null })
    expect(body.cancel_requested_at).toBe(body.finished_at)
    expect(await api().job(id)).toEqual(body)
  })

  test('200 for a waiting job, and what depended on it is cancelled with it', async () => {
    const { insert, job } = api()
    const queue = newQueue()
    const [first = ''] = await insert(queue, {})
    const [second = ''] = await insert(queue, { dependsOn: [first] })
    const [third = ''] = await insert(queue, { dependsOn: [second] })
    expect((await must(200, cancel(second))).body.state).toBe('cancelled')
    expect((await job(third)).state).toBe('cancelled')
    expect((await job(first)).state).toBe('available')
  })

  test('200 for a running job, whose handler is told to stop', async () => {
    const { stage } = api()
    stage.handlers.script('held', [{ hold: true }])
    const { id } = (await stage.work('held')).job
    await stage.handlers.call('held')
    const { body } = await must(200, cancel(id))
    expect(body.cancel_requested_at).toBeString()
    expect(await stage.reached(id, 'cancelled')).toMatchObject({ attempt: 1 })
    expect(stage.handlers.calls('held')).toHaveLength(1)
  })

  test('200 for a running job of a worker that is elsewhere: it stays running until that hears of it', async () => {
    const { insert, database } = api()
    const queue = newQueue()
    const [id = ''] = await insert(queue, {})
    await claim(database, systemClock, queue)
    const { body } = await must(200, cancel(id))
    expect(body).toMatchObject({ state: 'running', finished_at: null })
    expect(body.cancel_requested_at).toBeString()
  })

  test('200 again for one that is cancelled already, and nothing changes', async () => {
    const [id = ''] = await api().insert(newQueue(), {})
    const first = await must(200, cancel(id))
    expect((await must(200, cancel(id))).body).toEqual(first.body)
  })

  test('409 for a job that has completed', async () => {
    const { stage } = api()
    const { id } = (await stage.work('completes')).job
    await stage.reached(id, 'completed')
    const { body } = await must(409, cancel(id))
    expect(body).toMatchObject({ code: 'conflict', detail: `Job ${id} is completed and cannot be cancelled.` })
  })

  test('409 for a discarded job that blocks nothing', async () => {
    const { stage } = api()
    stage.handlers.script('fails', [{ throws: { name: 'NonRetryable', message: 'no' } }])
    const { id } = (await stage.work('fails')).job
    await stage.reached(id, 'discarded')
    expect((await must(409, cancel(id))).body.detail).toBe(`Job ${id} is discarded and cannot be cancelled.`)
  })

  test('200 for a discarded job that blocks its order key, which goes on', async () => {
    const { stage } = api()
    stage.handlers.script('blocks', [{ throws: { name: 'NonRetryable', message: 'no' } }])
    const order = { key: `blocks ${engine}`, on_failure: 'block' }
    const { id } = (await stage.work('blocks', { order })).job
    await stage.reached(id, 'discarded')
    const behind = (await stage.work('behind', { order })).job
    expect((await stage.row(behind.id)).state).toBe('available')
    expect((await must(200, cancel(id))).body.state).toBe('cancelled')
    await stage.reached(behind.id, 'completed')
  })

  test('the next job of the order key goes on when its first is cancelled', async () => {
    const { stage } = api()
    const order = { key: `cancelled first ${engine}` }
    const { id } = (await stage.work('late', { order, delay_seconds: 600 })).job
    const behind = (await stage.work('next', { order })).job
    expect((await stage.row(behind.id)).state).toBe('available')
    await must(200, cancel(id))
    await stage.reached(behind.id, 'completed')
  })
})

describe.each(engines)('jobs of runs on %s', engine => {
  const stage = useStage(engine)
  const jobOf = async (runId: string) => {
    const { body } = await must(200, stage().call<PageView<JobView>>('GET', '/v1/jobs?kind=run'))
    const job = body.data.find(({ payload }) => JSON.stringify(payload) === JSON.stringify({ run_id: runId }))
    if (!job) throw new Error(`Run ${runId} has no job.`)
    return job
  }

  test('a run that has not begun is cancelled with its job', async () => {
    const run = await stage().run({ delay_seconds: 3_600 })
    const job = await jobOf(run.id)
    const { body } = await must(200, stage().call<JobView>('POST', `/v1/jobs/${job.id}/cancel`))
    expect(body).toMatchObject({ state: 'cancelled', queue: 'runs' })
    expect(await stage().finished(run.id)).toMatchObject({ status: 'cancelled' })
    expect((await stage().events(run.id)).at(-1)?.type).toBe('run.cancelled')
    await must(200, stage().call('POST', `/v1/jobs/${job.id}/cancel`))
  })

  test('a running one stops with its job', async () => {
    const agent = await stage().agent([{ text: ['x'], hold: true }])
    const run = await stage().run({ agent })
    const exchange = await stage().provider.request(agent, 1)
    const job = await jobOf(run.id)
    await must(200, stage().call('POST', `/v1/jobs/${job.id}/cancel`))
    expect(await exchange.ended()).toBe('gone')
    expect((await stage().finished(run.id)).status).toBe('cancelled')
    expect((await jobOf(run.id)).state).toBe('cancelled')
  })

  test('409 for retrying the job of a run that has ended, alone, by its kind, and refused among others', async () => {
    const run = await stage().run({ delay_seconds: 3_600 })
    await must(200, stage().call('POST', `/v1/runs/${run.id}/cancel`))
    const { id } = await jobOf(run.id)
    const reason = 'A run ends once. Start a new one with the same input.'
    const alone = await must(409, stage().call('POST', `/v1/jobs/${id}/retry`))
    expect(alone.body).toMatchObject({ code: 'conflict', detail: reason })
    expect((await must(409, stage().call('POST', '/v1/jobs/retry', { kind: 'run' }))).body.detail).toBe(reason)
    const among = await must(200, stage().call('POST', '/v1/jobs/retry', { ids: [id] }))
    expect(among.body).toMatchObject({ retried: 0, ids: [], refused: [{ id, reason }] })
    expect((await jobOf(run.id)).state).toBe('cancelled')
  })

  test('a delayed run begins when its job is made due', async () => {
    const run = await stage().run({ delay_seconds: 3_600 })
    await must(200, stage().call('POST', `/v1/jobs/${(await jobOf(run.id)).id}/retry`))
    expect(await stage().finished(run.id)).toMatchObject({ status: 'completed', output: 'hello' })
  })
})
