import { describe, expect, test } from 'bun:test'
import { allPages, type Call, must, type PageView, type RunView, runBody, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { type DeliveryView, makeWebhook, nearby, readTries, type TriesView } from './views.ts'

const log = '/v1/webhooks/deliveries'

describe.each(engines)('the log of deliveries on %s', engine => {
  const stage = useStage(engine, nearby)
  const call: Call = (...request) => stage().call(...request)
  const startRun = async () => (await must(202, call<RunView>('POST', '/v1/runs', runBody()))).body
  /** As it is once its last attempt is written down. */
  const ended = async (id: string): Promise<TriesView> => {
    for (;;) {
      const delivery = await readTries(call, id)
      if (delivery.state !== 'pending') return delivery
    }
  }
  /** A failed one: its receiver answers 410, and is enabled again. */
  const failedOnes = async (receiver: Receiver, count: number) => {
    const hook = await makeWebhook(call, { url: receiver.url, events: ['schedule.*'] })
    receiver.answer(() => new Response('gone', { status: 410 }))
    const failed: TriesView[] = []
    for (let made = 0; made < count; made++) {
      await must(200, call('PATCH', `/v1/webhooks/${hook.id}`, { enabled: true }))
      const { body } = await must(202, call<DeliveryView>('POST', `/v1/webhooks/${hook.id}/test`))
      failed.push(await ended(body.id))
    }
    await must(200, call('PATCH', `/v1/webhooks/${hook.id}`, { enabled: true }))
    return { hook, failed }
  }

  test('says of each message where it went, and of each attempt what was answered', async () => {
    using receiver = startReceiver()
    receiver.answer(() => new Response('taken', { status: 202 }))
    const hook = await makeWebhook(call, { url: receiver.url, events: ['run.completed'] })
    const run = await startRun()
    const [message] = await receiver.count(1)
    const { body } = await must(200, call<PageView<DeliveryView>>('GET', `${log}?run_id=${run.id}`))
    expect(body.data.length).toBe(1)
    const delivery = await ended(body.data[0]?.id ?? '')
    expect(delivery).toMatchObject({
      object: 'delivery',
      webhook_id: hook.id,
      run_id: run.id,
      message_id: message?.messageId ?? '',
      event: 'run.completed',
      url: receiver.url,
      state: 'delivered',
      attempts: 1,
      last_error: null,
      next_attempt_at: null,
      tries: [{ status: 202, error: null, answer: 'taken' }],
    })
    await must(204, call('DELETE', `/v1/webhooks/${hook.id}`))
    // What it was sent stays.
    expect((await readTries(call, delivery.id)).state).toBe('delivered')
    await must(404, call('GET', `/v1/webhooks/${hook.id}/deliveries`))
    const { body: of } = await must(200, call<PageView<DeliveryView>>('GET', `${log}?webhook_id=${hook.id}`))
    expect(of.data.map(({ id }) => id)).toEqual([delivery.id])
    await must(409, call('POST', `${log}/${delivery.id}/replay`))
  })

  test('is filtered by state, event, run and webhook, and read in pages, the newest first', async () => {
    using receiver = startReceiver()
    const hook = await makeWebhook(call, { url: receiver.url, events: ['run.*'] })
    const runs = [await startRun(), await startRun(), await startRun()]
    const messages = await receiver.count(9)
    const list = `/v1/webhooks/${hook.id}/deliveries`
    const { items, pages } = await allPages<DeliveryView>(call, `${list}?limit=4`)
    expect(pages).toBe(3)
    expect(items.map(({ id }) => id)).toEqual(
      items
        .map(({ id }) => id)
        .sort()
        .reverse(),
    )
    expect(items.map(item => item.message_id).sort()).toEqual(messages.map(({ messageId }) => messageId).sort())
    for (const { id } of items) await ended(id)
    const found = async (query: string) => (await allPages<DeliveryView>(call, `${log}?limit=2&${query}`)).items
    const mine = `webhook_id=${hook.id}`
    expect((await found(`${mine}&event=run.started`)).map(item => item.run_id).sort()).toEqual(
      runs.map(({ id }) => id).sort(),
    )
    expect((await found(`run_id=${runs[1]?.id}&event=run.queued`)).length).toBe(1)
    expect((await found(`${mine}&state=delivered`)).length).toBe(9)
    expect(await found(`${mine}&state=failed`)).toEqual([])
    expect(await found(`${mine}&state=pending&event=run.queued`)).toEqual([])
    await must(422, call('GET', `${log}?state=sent`))
    await must(422, call('GET', `${log}?event=run.finished`))
    await must(400, call('GET', `${log}?cursor=abc`))
    await must(404, call('GET', `${log}/dlv_none`))
    await must(204, call('DELETE', `/v1/webhooks/${hook.id}`))
  })

  test('a failed message is sent again with the id it had, and so is one that was delivered', async () => {
    using receiver = startReceiver()
    const { failed } = await failedOnes(receiver, 1)
    const [{ id, message_id: messageId } = { id: '', message_id: '' }] = failed
    receiver.answer(() => new Response('at last'))
    const { body: replayed } = await must(202, call<DeliveryView>('POST', `${log}/${id}/replay`))
    expect(replayed).toMatchObject({ id, attempts: 0, message_id: messageId })
    expect(await ended(id)).toMatchObject({
      state: 'delivered',
      attempts: 1,
      tries: [{ status: 410 }, { status: 200, answer: 'at last' }],
    })
    await must(202, call('POST', `${log}/${id}/replay`))
    const messages = await receiver.count(3)
    expect(messages.map(message => message.messageId)).toEqual([messageId, messageId, messageId])
    expect(new Set(messages.map(({ text }) => text)).size).toBe(1)
  })

  test('a message that is pending is not sent twice', async () => {
    using receiver = startReceiver()
    const hook = await makeWebhook(call, { url: receiver.url, events: ['schedule.*'] })
    receiver.answer(() => new Response(null, { status: 500 }))
    const { body } = await must(202, call<DeliveryView>('POST', `/v1/webhooks/${hook.id}/test`))
    await receiver.count(1)
    await must(409, call('POST', `${log}/${body.id}/replay`))
  })

  test('many failed messages are sent again, as many at a time as asked for', async () => {
    using receiver = startReceiver()
    const { hook, failed } = await failedOnes(receiver, 3)
    receiver.answer(() => new Response())
    const replay = async (body: object) =>
      (await must(202, call<{ count: number; has_more: boolean }>('POST', `${log}/replay`, body))).body
    const mine = { webhook_id: hook.id, since: failed[0]?.created_at ?? '' }
    expect(await replay({ ...mine, since: '2999-01-01T00:00:00Z' })).toMatchObject({ count: 0, has_more: false })
    expect(await replay({ ...mine, until: mine.since })).toMatchObject({ count: 0, has_more: false })
    expect(await replay({ ...mine, event: 'run.failed' })).toMatchObject({ count: 0, has_more: false })
    expect(await replay({ ...mine, limit: 2 })).toEqual({ object: 'replayed', count: 2, has_more: true } as never)
    expect(await replay(mine)).toMatchObject({ count: 1, has_more: false })
    for (const { id } of failed) expect(await ended(id)).toMatchObject({ state: 'delivered', attempts: 1 })
    const sent = receiver.received.map(({ messageId }) => messageId)
    expect(sent.slice(3).sort()).toEqual(sent.slice(0, 3).sort())
    await must(422, call('POST', `${log}/replay`, { since: 'yesterday' }))
    await must(422, call('POST', `${log}/replay`, {}))
    await must(200, call('PATCH', `/v1/webhooks/${hook.id}`, { enabled: false }))
    await must(409, call('POST', `${log}/replay`, mine))
  })

  test('a delivery whose job is cancelled has failed', async () => {
    using receiver = startReceiver()
    const hook = await makeWebhook(call, { url: receiver.url, events: ['schedule.*'] })
    receiver.answer(() => new Response(null, { status: 500 }))
    const { body } = await must(202, call<DeliveryView>('POST', `/v1/webhooks/${hook.id}/test`))
    await receiver.count(1)
    interface JobView {
      id: string
      payload: { delivery_id: string }
    }
    const scheduled = async () => {
      for (;;) {
        const path = '/v1/jobs?kind=webhook.deliver&state=scheduled'
        const { items } = await allPages<JobView>(call, path)
        const job = items.find(({ payload }) => payload.delivery_id === body.id)
        if (job) return job.id
      }
    }
    await must(200, call('POST', `/v1/jobs/${await scheduled()}/cancel`))
    expect(await readTries(call, body.id)).toMatchObject({
      state: 'failed',
      last_error: 'Its job was cancelled.',
      next_attempt_at: null,
    })
  })
})
