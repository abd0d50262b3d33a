import { describe, expect, test } from 'bun:test'
import {
  allPages,
  type Call,
  callOf,
  must,
  type PageView,
  type ProblemView,
  type RunView,
  runBody,
  useStage,
} from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { isSignedWith, startReceiver } from './receiver.ts'
import { type DeliveryView, makeWebhook, nearby } from './views.ts'

const secret = `whsec_${Buffer.from('a secret of one run, 32 bytes...').toString('base64')}`

describe.each(engines)('the webhook of a run on %s', engine => {
  const stage = useStage(engine, nearby)
  const call: Call = (...request) => stage().call(...request)
  const log = async (id: string) =>
    (await must(200, call<PageView<DeliveryView>>('GET', `/v1/webhooks/deliveries?run_id=${id}`))).body.data

  test('given as a URL, is told how the run ends, unsigned', async () => {
    using receiver = startReceiver()
    const { body: run } = await must(200, call<RunView>('POST', '/v1/runs/wait', runBody({ webhook: receiver.url })))
    const [message] = await receiver.count(1)
    expect(message?.body).toMatchObject({ type: 'run.completed', data: run })
    expect(message?.headers['webhook-signature']).toBeUndefined()
    expect(await log(run.id)).toMatchObject([{ webhook_id: null, event: 'run.completed', url: receiver.url }])
  })

  test('given with events and a secret, is told these, signed', async () => {
    using receiver = startReceiver()
    const webhook = { url: receiver.url, events: ['run.queued', 'run.started', 'run.cancelled'], secret }
    const body = runBody({ webhook, delay_seconds: 3_600 })
    const { body: run } = await must(202, call<RunView>('POST', '/v1/runs', body))
    await must(200, call('POST', `/v1/runs/${run.id}/cancel`))
    const messages = await receiver.count(2)
    expect(messages.map(({ body: { type, data } }) => `${type} ${data.status}`).sort()).toEqual([
      'run.cancelled cancelled',
      'run.queued queued',
    ])
    for (const message of messages) expect(isSignedWith(secret, message)).toBe(true)
    expect(JSON.stringify(run)).not.toContain('whsec_')
  })

  test('is told of a failure, and of attempts that are made again', async () => {
    using receiver = startReceiver()
    const agent = await stage().agent([
      { error: { status: 503, message: 'busy' } },
      { error: { status: 400, message: 'no' } },
    ])
    const webhook = { url: receiver.url, events: ['run.started', 'run.retrying', 'run.failed'] }
    const response = await stage().service.request('POST', '/v1/runs/stream', runBody({ agent, webhook }))
    await response.text()
    const messages = await receiver.count(4)
    expect(messages.map(({ body: { type, data } }) => `${type} ${data.status}`).sort()).toEqual([
      'run.failed failed',
      'run.retrying queued',
      'run.started running',
      'run.started running',
    ])
    const failed = messages.find(({ body }) => body.type === 'run.failed')
    expect(failed?.body.data.error).toMatchObject({ code: 'provider_error' })
  })

  test('comes beside the webhooks of the tenant, with a message of its own', async () => {
    using receiver = startReceiver()
    const hook = await makeWebhook(call, { url: `${receiver.url}/tenant`, events: ['run.completed'] })
    await must(200, call('POST', '/v1/runs/wait', runBody({ webhook: `${receiver.url}/run` })))
    const messages = await receiver.count(2)
    expect(messages.map(({ path }) => path).sort()).toEqual(['/hook/run', '/hook/tenant'])
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(2)
    await must(204, call('DELETE', `/v1/webhooks/${hook.id}`))
  })

  test('of a run that an idempotency key repeats is told once', async () => {
    using receiver = startReceiver()
    const body = runBody({ webhook: { url: receiver.url, events: ['run.queued', 'run.completed'] } })
    const key = { 'idempotency-key': crypto.randomUUID() }
    const { body: first } = await must(200, call<RunView>('POST', '/v1/runs/wait', body, key))
    const { body: again } = await must(200, call<RunView>('POST', '/v1/runs/wait', body, key))
    expect(again.id).toBe(first.id)
    expect((await log(first.id)).length).toBe(2)
  })

  test.each([
    { webhook: 'http://169.254.169.254/latest/meta-data/', path: '/webhook' },
    { webhook: { url: 'http://10.0.0.1/' }, path: '/webhook' },
    { webhook: { url: 'https://a.example.com/', events: ['run.finished'] }, path: '/webhook/events/0' },
    { webhook: { url: 'https://a.example.com/', events: ['schedule.fired'] }, path: '/webhook/events/0' },
    { webhook: { url: 'https://a.example.com/', secret: 'short' }, path: '/webhook/secret' },
    { webhook: { url: 'https://a.example.com/', headers: {} }, path: '/webhook/headers' },
    { webhook: {}, path: '/webhook/url' },
    { webhook: 'no url', path: '/webhook' },
    { webhook: 7, path: '/webhook' },
  ])('422 for %j', async ({ webhook, path }) => {
    const { body } = await must(422, call<ProblemView>('POST', '/v1/runs', runBody({ webhook })))
    expect(body.errors?.map(error => error.path)).toEqual([path])
  })

  test('a thousand runs tell a thousand messages, each with an id of its own', async () => {
    using receiver = startReceiver()
    const webhook = { url: receiver.url, secret }
    const made = await Promise.all(
      Array.from({ length: 1_000 }, async (_, number) => {
        const body = runBody({ webhook, metadata: { number } })
        return (await must(202, call<RunView>('POST', '/v1/runs', body))).body.id
      }),
    )
    const messages = await receiver.count(1_000)
    const runs = messages.map(({ body }) => String(body.data.id))
    // Nothing is on its way any more that could come twice.
    for (;;) {
      const { items } = await allPages<DeliveryView>(call, '/v1/webhooks/deliveries?state=pending&limit=500')
      if (!items.some(({ run_id: id }) => id !== null && made.includes(id))) break
    }
    expect(messages.length).toBe(1_000)
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(1_000)
    expect(runs.sort()).toEqual(made.sort())
    expect(messages.every(message => isSignedWith(secret, message))).toBe(true)
  }, 180_000)
})

describe('without BUNKHOUSE_SECRET_KEY in production', () => {
  test('no secret is taken, and the answer says what to set; what needs none works', async () => {
    using receiver = startReceiver()
    await using service = await startService({ env: { ENVIRONMENT: 'production', ...nearby } })
    const call = callOf(service)
    const refused = [
      call('POST', '/v1/webhooks', { url: receiver.url }),
      call('POST', '/v1/runs', runBody({ webhook: { url: receiver.url, secret } })),
    ]
    for (const answer of refused) {
      const { body } = await must(503, answer)
      expect(body.detail).toBe('Secrets cannot be kept here: the operator has to set BUNKHOUSE_SECRET_KEY.')
    }
    await must(200, call('POST', '/v1/runs/wait', runBody({ webhook: receiver.url })))
    await receiver.count(1)
  }, 60_000)
})
