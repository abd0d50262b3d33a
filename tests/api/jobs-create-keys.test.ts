import { describe, expect, test } from 'bun:test'
import { type CreatedView, useJobStage } from '../jobs/job-stage.ts'
import { until } from '../lifecycle/world.ts'
import { engines } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { callOf, must, type ProblemView } from './stage.ts'

describe.each(engines)('POST /v1/jobs on %s', engine => {
  const stage = useJobStage(engine)

  test('with a unique key answers with the job that has it, until that has ended', async () => {
    const { handlers, work, reached } = stage()
    handlers.script('unique', [{ hold: true }])
    const unique = { key: 'invoice 7' }
    const first = await work('unique', { unique })
    const call = await handlers.call('unique')
    expect(await work('unique', { unique })).toEqual({ job: { id: first.job.id, state: 'running' }, created: false })
    expect((await work('unique', { unique: { key: 'invoice 8' } })).created).toBe(true)
    expect((await work('unique', { kind: 'deaf', unique })).created).toBe(true)
    call.release()
    await reached(first.job.id, 'completed')
    expect((await work('unique', { unique })).created).toBe(true)
  })

  test('with a unique key for a while answers with the job also when it has completed, and then no more', async () => {
    const { work, reached } = stage()
    const unique = { key: 'digest', for_seconds: 1 }
    const first = await work('for a while', { unique })
    await reached(first.job.id, 'completed')
    const again = await work('for a while', { unique })
    expect(again).toEqual({ job: { id: first.job.id, state: 'completed' }, created: false })
    await until('the key is free', async () => (await work('for a while', { unique })).created)
  })

  test('with states of its own is unique in those only', async () => {
    const { handlers, work } = stage()
    handlers.script('states', [{ hold: true }])
    const unique = { key: 'states', states: ['scheduled', 'available'] }
    await work('states', { unique })
    const call = await handlers.call('states')
    expect((await work('states', { unique, delay_seconds: 60 })).created).toBe(true)
    expect((await work('states', { unique })).created).toBe(false)
    call.release()
  })

  test('debounced becomes one job with the last payload, when no more have come', async () => {
    const { handlers, work, reached, row } = stage()
    const debounce = { key: 'save', seconds: 0.3 }
    const first = await work('debounced', { debounce, payload: { name: 'debounced', version: 1 } })
    expect(first).toMatchObject({ job: { state: 'scheduled' }, created: true })
    const before = await row(first.job.id)
    const second = await work('debounced', { debounce, payload: { name: 'debounced', version: 2 } })
    expect(second).toEqual({ job: first.job, created: false })
    expect(Number((await row(first.job.id)).runAt)).toBeGreaterThan(Number(before.runAt))
    await reached(first.job.id, 'completed')
    expect(handlers.calls('debounced').map(({ input }) => input.version)).toEqual([2])
    expect((await work('debounced', { debounce })).created).toBe(true)
  })

  test('debounced is put off no longer than it may', async () => {
    const { work, row } = stage()
    const debounce = { key: 'capped', seconds: 60, max_seconds: 90 }
    const { job } = await work('capped', { debounce })
    for (const _ of [1, 2]) await work('capped', { debounce: { ...debounce, seconds: 120 } })
    const { runAt, createdAt } = await row(job.id)
    expect(Number(runAt) - Number(createdAt)).toBe(90_000)
  })

  test('throttled is one job in its time', async () => {
    const { work, reached, handlers } = stage()
    const throttle = { key: 'ping', seconds: 1.5 }
    const first = await work('throttled', { throttle })
    expect((await work('throttled', { throttle })).job.id).toBe(first.job.id)
    await reached(first.job.id, 'completed')
    expect(await work('throttled', { throttle })).toMatchObject({ job: { id: first.job.id }, created: false })
    await until('there is another', async () => (await work('throttled', { throttle })).created)
    await handlers.call('throttled', 2)
  })

  test('429 with retry-after where the queue is full, and nothing is stored', async () => {
    const { service, setDepthLimit } = stage()
    const post = (body: object) => callOf(service)<CreatedView & ProblemView>('POST', '/v1/jobs', body)
    const later = { kind: 'lane', payload: { name: 'full' }, delay_seconds: 60 }
    await setDepthLimit('lane', 2)
    await must(201, post(later))
    const refused = await must(429, post({ jobs: [later, later] }))
    expect(refused.body.code).toBe('rate_limited')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    await must(201, post(later))
    await must(429, post(later))
    await setDepthLimit('lane', null)
    await must(201, post(later))
  })
})

describe('processes on postgres', () => {
  const stage = useJobStage('postgres')

  test('without the role worker enqueue what they know, and without the file they do not', async () => {
    const { env, handlers, reached } = stage()
    await using front = await startService({ env: { ...env, ROLES: 'api' } })
    await using blind = await startService({ env: { ...env, ROLES: 'api', JOBS_DIR: '/nowhere' } })
    const body = { kind: 'work', payload: { name: 'from the front' } }
    const made = await must(201, callOf(front)<CreatedView>('POST', '/v1/jobs', body))
    expect(made.body.job.state).toBe('available')
    await reached(made.body.job.id, 'completed')
    expect(handlers.calls('from the front')).toHaveLength(1)
    const refused = await must(422, callOf(blind)('POST', '/v1/jobs', body))
    expect(refused.body.errors).toEqual([
      { in: 'body', path: '/kind', message: 'No job has the name "work"; none is known.' },
    ])
  })
})
