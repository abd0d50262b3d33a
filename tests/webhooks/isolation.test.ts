import { describe, expect, test } from 'bun:test'
import { type Call, must, type PageView, type RunView, runBody, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { startReceiver } from './receiver.ts'
import { type DeliveryView, makeWebhook, nearby, type SecretWebhookView, type WebhookView } from './views.ts'

describe.each(engines)('whose webhooks they are on %s', engine => {
  const stage = useStage(engine, nearby)
  const asKey =
    (key: string): Call =>
    (method, path, body) =>
      stage().call(method, path, body, { authorization: `Bearer ${key}` })
  const operator: Call = (...request) => stage().call(...request)
  const tenant = async (id: string) => {
    const { body } = await must(201, operator<{ admin_key: { key: string } }>('POST', '/v1/tenants', { id }))
    return asKey(body.admin_key.key)
  }
  const ids = async (call: Call) => {
    const { body } = await must(200, call<PageView<WebhookView>>('GET', '/v1/webhooks'))
    return body.data.map(({ id }) => id)
  }
  const deliveries = async (call: Call, query = '') => {
    const { body } = await must(200, call<PageView<DeliveryView>>('GET', `/v1/webhooks/deliveries${query}`))
    return body.data
  }

  test('a tenant hears, sees and touches nothing of another', async () => {
    using receiver = startReceiver()
    const [one, two] = [await tenant('one'), await tenant('two')]
    const hook = await makeWebhook(one, { url: `${receiver.url}/one`, events: ['run.completed'] })
    const other = await makeWebhook(two, { url: `${receiver.url}/two`, events: ['run.completed'] })
    await must(200, operator('POST', '/v1/runs/wait', runBody()))
    const { body: run } = await must(200, one<RunView>('POST', '/v1/runs/wait', runBody()))
    const { body: last } = await must(200, two<RunView>('POST', '/v1/runs/wait', runBody()))
    const messages = await receiver.count(2)
    expect(messages.map(({ path, body }) => `${path} ${body.data.id}`).sort()).toEqual([
      `/hook/one ${run.id}`,
      `/hook/two ${last.id}`,
    ])
    expect(await ids(one)).toEqual([hook.id])
    expect(await ids(two)).toEqual([other.id])
    const [delivery] = await deliveries(one)
    expect(delivery?.run_id).toBe(run.id)
    for (const call of [two, operator]) {
      expect(await deliveries(call, `?run_id=${run.id}`)).toEqual([])
      expect(await deliveries(call, `?webhook_id=${hook.id}`)).toEqual([])
      await must(404, call('GET', `/v1/webhooks/${hook.id}`))
      await must(404, call('PATCH', `/v1/webhooks/${hook.id}`, { name: 'mine' }))
      await must(404, call('DELETE', `/v1/webhooks/${hook.id}`))
      await must(404, call('POST', `/v1/webhooks/${hook.id}/rotate-secret`, {}))
      await must(404, call('POST', `/v1/webhooks/${hook.id}/test`))
      await must(404, call('GET', `/v1/webhooks/${hook.id}/deliveries`))
      await must(404, call('GET', `/v1/webhooks/deliveries/${delivery?.id}`))
      await must(404, call('POST', `/v1/webhooks/deliveries/${delivery?.id}/replay`))
      const since = '2020-01-01T00:00:00Z'
      await must(409, call('POST', '/v1/webhooks/deliveries/replay', { since, webhook_id: hook.id }))
      const all = await must(202, call<{ count: number }>('POST', '/v1/webhooks/deliveries/replay', { since }))
      expect(all.body.count).toBe(0)
    }
  })

  test('a key for some agents has webhooks for these alone', async () => {
    using receiver = startReceiver()
    const [mine, theirs] = [await stage().agent(), await stage().agent()]
    const scopes = ['webhooks:read', 'webhooks:write', 'runs:write']
    const { body: key } = await must(
      201,
      operator<{ key: string }>('POST', '/v1/keys', { name: 'some agents', scopes, agents: [mine] }),
    )
    const call = asKey(key.key)
    const everybody = await makeWebhook(operator, { url: `${receiver.url}/all`, events: ['run.completed'] })
    const foreign = await makeWebhook(operator, { url: receiver.url, agents: [mine, theirs], enabled: false })
    const own = await makeWebhook(call, { url: `${receiver.url}/own`, events: ['run.completed'] })
    expect(own.agents).toEqual([mine])
    await must(403, call('POST', '/v1/webhooks', { url: receiver.url, agents: [theirs] }))
    await must(403, call('POST', '/v1/webhooks', { url: receiver.url, agents: null }))
    await must(403, call('PATCH', `/v1/webhooks/${own.id}`, { agents: [mine, theirs] }))
    for (const { id } of [everybody, foreign]) {
      await must(404, call('GET', `/v1/webhooks/${id}`))
      await must(404, call('DELETE', `/v1/webhooks/${id}`))
      await must(404, call('GET', `/v1/webhooks/${id}/deliveries`))
    }
    expect(await ids(call)).toEqual([own.id])

    await must(200, operator('POST', '/v1/runs/wait', runBody({ agent: mine, webhook: `${receiver.url}/run` })))
    await must(200, operator('POST', '/v1/runs/wait', runBody({ agent: theirs, webhook: `${receiver.url}/run` })))
    const messages = await receiver.count(5)
    expect(messages.filter(({ path }) => path === '/hook/own').map(({ body }) => body.data.agent)).toEqual([mine])
    const seen = await deliveries(call)
    expect(new Set(seen.map(({ webhook_id: id }) => id))).toEqual(new Set([own.id, null]))
    expect(seen.length).toBe(2)
    const hidden = (await deliveries(operator)).filter(({ id }) => !seen.some(known => known.id === id))
    expect(hidden.length).toBe(3)
    for (const { id } of hidden) await must(404, call('GET', `/v1/webhooks/deliveries/${id}`))
    for (const { id } of seen) await must(200, call('GET', `/v1/webhooks/deliveries/${id}`))
    await must(204, operator('DELETE', `/v1/webhooks/${everybody.id}`))
  })

  test('a tenant may have a hundred webhooks and no more', async () => {
    const call = await tenant('collector')
    const make = (number: number) =>
      call<SecretWebhookView>('POST', '/v1/webhooks', { url: `https://app.example.com/${number}` })
    const made = await Promise.all(Array.from({ length: 110 }, (_, number) => make(number)))
    expect(made.filter(({ status }) => status === 201).length).toBe(100)
    expect(made.filter(({ status }) => status === 409).length).toBe(10)
    const { body } = await must(200, call<PageView<WebhookView>>('GET', '/v1/webhooks?limit=60'))
    expect(body.has_more).toBe(true)
    const { body: rest } = await must(
      200,
      call<PageView<WebhookView>>('GET', `/v1/webhooks?limit=60&cursor=${body.next_cursor}`),
    )
    expect([body.data.length, rest.data.length, rest.has_more]).toEqual([60, 40, false])
  })
})
