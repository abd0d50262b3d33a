import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { must, type RunView, runBody, useStage } from './stage.ts'

describe.each(engines)('limits of a run on %s', engine => {
  const stage = useStage(engine)
  const types = async (id: string) => (await stage().events(id)).map(event => event.type)

  test.concurrent('with delay_seconds it starts no sooner', async () => {
    const { id } = await stage().run({ delay_seconds: 0.7 })
    const run = await stage().finished(id)
    expect(run.status).toBe('completed')
    const waitedMs = Date.parse(run.started_at ?? '') - Date.parse(run.created_at)
    expect(waitedMs).toBeGreaterThanOrEqual(690)
    expect(waitedMs).toBeLessThan(10_000)
  })

  test.concurrent('with timeout_seconds it fails when its model takes longer', async () => {
    const agent = await stage().agent([{ text: ['slow ', 'never'], hang: 1 }])
    const { id } = await stage().run({ agent, timeout_seconds: 1 })
    const exchange = await stage().provider.request(agent, 1)
    const run = await stage().finished(id)
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'timeout', message: 'The run did not finish within 1 s.' },
      attempt: 1,
    })
    expect(await exchange.ended()).toBe('gone')
    expect((await stage().events(id)).at(-1)).toMatchObject({ type: 'run.failed', data: { error: run.error } })
    const tookMs = Date.parse(run.finished_at ?? '') - Date.parse(run.started_at ?? '')
    expect(tookMs).toBeGreaterThanOrEqual(990)
    expect(tookMs).toBeLessThan(10_000)
  })

  test.concurrent('with timeout_seconds it fails at once when the provider wants it to wait longer', async () => {
    const busy = { status: 429, message: 'Too many.', headers: { 'retry-after': '3' } }
    const agent = await stage().agent([{ error: busy }, { text: 'late' }])
    const { id } = await stage().run({ agent, timeout_seconds: 3 })
    expect(await stage().finished(id)).toMatchObject({
      status: 'failed',
      error: {
        code: 'timeout',
        message: 'The next attempt would begin after the 3 s of the run. The last one failed: Too many.',
      },
      attempt: 1,
    })
    expect(await types(id)).toEqual(['run.created', 'run.started', 'step.started', 'run.failed'])
  })

  test.concurrent('timeout_seconds does not count the time before the start', async () => {
    const { id } = await stage().run({ delay_seconds: 1.2, timeout_seconds: 1 })
    expect((await stage().finished(id)).status).toBe('completed')
  })

  test.concurrent('with max_attempts it is tried so often and then fails with the last reason', async () => {
    const again = { status: 500, headers: { 'retry-after': '0' } }
    const agent = await stage().agent([1, 2, 3, 4].map(number => ({ error: { ...again, message: `down ${number}` } })))
    const { id } = await stage().run({ agent, max_attempts: 3 })
    expect(await stage().finished(id)).toMatchObject({
      status: 'failed',
      attempt: 3,
      error: { code: 'provider_error', message: 'down 3' },
    })
    expect(stage().provider.requests(agent)).toHaveLength(3)
    const attempt = ['run.started', 'step.started']
    expect(await types(id)).toEqual([
      'run.created',
      ...attempt,
      'run.retrying',
      ...attempt,
      'run.retrying',
      ...attempt,
      'run.failed',
    ])
  })

  test.concurrent('max_attempts: 1 tries it once', async () => {
    const agent = await stage().agent([{ error: { status: 500, message: 'down' } }])
    const { body } = await must(
      200,
      stage().call<RunView>('POST', '/v1/runs/wait', runBody({ agent, max_attempts: 1 })),
    )
    expect(body).toMatchObject({ status: 'failed', attempt: 1, error: { message: 'down' } })
    expect(await types(body.id)).not.toContain('run.retrying')
  })

  test.concurrent('a step limit of the agent ends a run that asks for too much', async () => {
    const call = { toolCalls: [{ name: 'nothing', input: {} }] }
    const agent = await stage().agent([call, call, call], { max_steps: 2 })
    const { body } = await must(200, stage().call<RunView>('POST', '/v1/runs/wait', runBody({ agent })))
    expect(body).toMatchObject({
      status: 'failed',
      error: { code: 'step_limit', message: 'The agent reached its limit of 2 model calls without an answer.' },
    })
  })

  test.concurrent.each([
    ['delay_seconds', [-1, 31_536_001, '5', null, true]],
    ['timeout_seconds', [0, -1, 1.5, 604_801, '60', null]],
    ['max_attempts', [0, 101, 1.5, '3', null]],
    ['on_busy', ['wait', '', 1, null]],
  ])('422 for a %s that is out of range or of another type, naming it', async (field, values) => {
    for (const value of values) {
      const { status, body } = await stage().call('POST', '/v1/runs', runBody({ [field]: value }))
      expect({ value, status }).toEqual({ value, status: 422 })
      expect(body.errors).toMatchObject([{ in: 'body', path: `/${field}` }])
    }
  })
})
