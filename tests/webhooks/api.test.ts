import { describe, expect, test } from 'bun:test'
import { type Call, must, type PageView, type ProblemView, type RunView, runBody, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { isSignedWith, startReceiver } from './receiver.ts'
import { type DeliveryView, makeWebhook, nearby, type SecretWebhookView, type WebhookView } from './views.ts'

const given = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`

describe.each(engines)('webhooks on %s', engine => {
  const stage = useStage(engine, nearby)
  const call: Call = (...request) => stage().call(...request)
  const wait = (body: object = {}) => must(200, call<RunView>('POST', '/v1/runs/wait', runBody(body)))

  test('a webhook is made, listed, read, changed and deleted, and its secret is shown once', async () => {
    const { secret, ...made } = await makeWebhook(call, { url: 'https://app.example.com/hooks' })
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(made).toMatchObject({ name: 'app.example.com', events: ['*'], agents: null, state: 'enabled' })
    const { body: read } = await must(200, call<WebhookView>('GET', `/v1/webhooks/${made.id}`))
    expect(read).toEqual(made)
    const { body: list } = await must(200, call<PageView<WebhookView>>('GET', '/v1/webhooks?limit=500'))
    expect(list.data).toContainEqual(made)
    const change = { name: 'app', url: 'https://b.example.com/', events: ['run.*'], agents: ['echo'], enabled: false }
    const { body: changed } = await must(200, call<WebhookView>('PATCH', `/v1/webhooks/${made.id}`, change))
    const { enabled: _, ...shown } = change
    expect(changed).toMatchObject({ ...shown, state: 'disabled', disabled_reason: 'It was disabled over the API.' })
    const { body: again } = await must(200, call<WebhookView>('PATCH', `/v1/webhooks/${made.id}`, { enabled: true }))
    expect(again).toMatchObject({ ...shown, state: 'enabled', disabled_reason: null })
    await must(204, call('DELETE', `/v1/webhooks/${made.id}`))
    await must(404, call('GET', `/v1/webhooks/${made.id}`))
    await must(404, call('DELETE', `/v1/webhooks/${made.id}`))
  })

  test.each([
    { body: {}, path: '/url' },
    { body: { url: 'ftp://app.example.com/' }, path: '/url' },
    { body: { url: 'http://127.0.0.2/' }, path: '/url' },
    { body: { url: 'https://user:password@app.example.com/' }, path: '/url' },
    { body: { url: 'https://a.example.com/', events: ['run.finished'] }, path: '/events/0' },
    { body: { url: 'https://a.example.com/', events: [] }, path: '/events' },
    { body: { url: 'https://a.example.com/', agents: ['NO'] }, path: '/agents/0' },
    { body: { url: 'https://a.example.com/', secret: 'whsec_c2hvcnQ=' }, path: '/secret' },
    { body: { url: 'https://a.example.com/', secret: given.slice(6) }, path: '/secret' },
    { body: { url: 'https://a.example.com/', other: 1 }, path: '/other' },
  ])('422 for %j', async ({ body, path }) => {
    const { body: problem } = await must(422, call<ProblemView>('POST', '/v1/webhooks', body))
    expect(problem.errors?.map(error => error.path)).toEqual([path])
    expect(JSON.stringify(problem)).not.toContain(given.slice(6, 30))
  })

  test('every state of a run is told, signed as Standard Webhooks has it', async () => {
    using receiver = startReceiver()
    const { id, secret } = await makeWebhook(call, { url: receiver.url, events: ['run.*'], secret: given })
    expect(secret).toBe(given)
    const { body: run } = await wait({ metadata: { order: 42 } })
    const messages = await receiver.count(3)
    expect(messages.map(({ body }) => body.type).sort()).toEqual(['run.completed', 'run.queued', 'run.started'])
    for (const message of messages) {
      expect(isSignedWith(given, message)).toBe(true)
      expect(isSignedWith(`${given.slice(0, -3)}AA=`, message)).toBe(false)
      expect(message.headers).toMatchObject({
        'content-type': 'application/json',
        'user-agent': expect.stringMatching(/^Bunkhouse\//),
      })
      expect(message.body.data).toMatchObject({ id: run.id, object: 'run', metadata: { order: 42 } })
    }
    const statuses = messages.map(({ body }) => `${body.type} ${body.data.status}`).sort()
    expect(statuses).toEqual(['run.completed completed', 'run.queued queued', 'run.started running'])
    const completed = messages.find(({ body }) => body.type === 'run.completed')
    expect(completed?.body.data).toEqual(run)
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(3)
    await must(204, call('DELETE', `/v1/webhooks/${id}`))
  })

  test('filters by event and by agent', async () => {
    using receiver = startReceiver()
    const agent = await stage().agent([{ text: 'x' }])
    const ends = await makeWebhook(call, { url: `${receiver.url}/ends`, events: ['run.completed', 'run.failed'] })
    const one = await makeWebhook(call, { url: `${receiver.url}/agent`, agents: [agent] })
    await wait()
    await wait({ agent })
    const messages = await receiver.count(5)
    const seen = messages.map(({ path, body }) => `${path} ${body.type} ${body.data.agent}`)
    expect(seen.sort()).toEqual(
      [
        '/hook/ends run.completed echo',
        `/hook/ends run.completed ${agent}`,
        `/hook/agent run.queued ${agent}`,
        `/hook/agent run.started ${agent}`,
        `/hook/agent run.completed ${agent}`,
      ].sort(),
    )
    // One event has one id, whoever hears of it.
    const completed = messages.filter(({ body }) => body.type === 'run.completed' && body.data.agent === agent)
    expect(new Set(completed.map(({ messageId }) => messageId)).size).toBe(1)
    for (const { id } of [ends, one]) await must(204, call('DELETE', `/v1/webhooks/${id}`))
  })

  test('a test sends a ping, whatever the webhook hears of', async () => {
    using receiver = startReceiver()
    const { id, secret } = await makeWebhook(call, { url: receiver.url, events: ['schedule.*'], name: 'pinged' })
    const { body: delivery } = await must(202, call<DeliveryView>('POST', `/v1/webhooks/${id}/test`))
    expect(delivery).toMatchObject({ webhook_id: id, event: 'ping', run_id: null })
    const [message] = await receiver.count(1)
    if (!message) throw new Error('no ping')
    expect(message.body).toMatchObject({ type: 'ping', data: { webhook_id: id, name: 'pinged' } })
    expect(message.messageId).toBe(delivery.message_id)
    expect(isSignedWith(secret, message)).toBe(true)
    await must(200, call('PATCH', `/v1/webhooks/${id}`, { enabled: false }))
    await must(409, call('POST', `/v1/webhooks/${id}/test`))
  })

  test('after a rotation both secrets sign, and without overlap only the new one', async () => {
    using receiver = startReceiver()
    const made = await makeWebhook(call, { url: receiver.url, events: ['schedule.*'] })
    const rotate = async (body: object) =>
      (await must(200, call<SecretWebhookView>('POST', `/v1/webhooks/${made.id}/rotate-secret`, body))).body
    const ping = async (number: number) => {
      await must(202, call('POST', `/v1/webhooks/${made.id}/test`))
      const message = (await receiver.count(number)).at(-1)
      if (!message) throw new Error('no ping')
      return message
    }
    const second = await rotate({})
    const day = Date.parse(second.previous_secret_until ?? '') - Date.parse(second.updated_at)
    expect(day).toBe(86_400_000)
    const first = await ping(1)
    for (const secret of [made.secret, second.secret]) expect(isSignedWith(secret, first)).toBe(true)
    const third = await rotate({ secret: given, overlap_seconds: 0 })
    expect(third).toMatchObject({ secret: given, previous_secret_until: null })
    const last = await ping(2)
    expect(isSignedWith(given, last)).toBe(true)
    for (const secret of [made.secret, second.secret]) expect(isSignedWith(secret, last)).toBe(false)
  })
})
