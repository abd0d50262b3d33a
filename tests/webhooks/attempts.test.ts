import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { egressPolicy } from '../../src/egress/policy.ts'
import { post } from '../../src/webhooks/post.ts'
import { engines } from '../support/database.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { cancelRequested, openDesk } from './desk.ts'
import { isSignedWith, startReceiver } from './receiver.ts'

const second = 1_000
const hour = 3_600 * second

describe.each(engines)('attempts to deliver on %s', engine => {
  const shared = sharedDatabase(engine)
  const desk = (given: Parameters<typeof openDesk>[1] = {}) => openDesk(shared().database, given)

  test('a failed one is made again over hours, ever later, until it has failed for good', async () => {
    using receiver = startReceiver()
    receiver.answer(() => new Response('out of order', { status: 500 }))
    const { webhook, ping, attempt, read, clock, facts } = desk()
    const id = await ping((await webhook({ url: receiver.url })).id)
    const waits: number[] = []
    for (;;) {
      const outcome = await attempt(id)
      if (outcome.kind !== 'retry') {
        expect(outcome).toEqual({ kind: 'completed' })
        break
      }
      waits.push(outcome.delayMs)
      clock.advance(outcome.delayMs)
    }
    const planned = [5, 30, 120, 600, 1_800, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600].map(s => s * second)
    expect(waits.length).toBe(planned.length)
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeWithin(planned[index] ?? 0, (planned[index] ?? 0) * 1.2 + 1)
    }
    const delivery = await read(id)
    expect(delivery).toMatchObject({ state: 'failed', attempts: 10, finishedAt: clock.ms })
    expect(delivery.log.length).toBe(10)
    expect(delivery.log[3]).toMatchObject({ status: 500, error: 'Its receiver answered 500.', answer: 'out of order' })
    expect(new Set(receiver.received.map(({ messageId }) => messageId))).toEqual(new Set([delivery.messageId]))
    expect(facts.all('webhook.delivered').map(({ outcome }) => outcome)).toEqual([
      ...planned.map(() => 'retrying' as const),
      'failed',
    ])
  })

  test('each attempt has a time and a signature of its own', async () => {
    using receiver = startReceiver()
    const { app, webhook, ping, attempt, clock } = desk()
    clock.ms = Date.now() // or the package would call it too old
    const made = await webhook({ url: receiver.url, secret: `whsec_${'A'.repeat(32)}` })
    const id = await ping(made.id)
    receiver.answer(() => new Response(null, { status: 503 }))
    await attempt(id)
    clock.advance(5 * second)
    await attempt(id)
    const [first, again] = receiver.received
    if (!first || !again) throw new Error('two attempts were made')
    expect(first.text).toBe(again.text)
    expect(Number(again.headers['webhook-timestamp']) - Number(first.headers['webhook-timestamp'])).toBe(5)
    for (const message of [first, again]) expect(isSignedWith(`whsec_${'A'.repeat(32)}`, message)).toBe(true)
    expect(app.config.version).toBe(String(first.headers['user-agent']).split('/')[1] ?? '')
  })

  test('a receiver may ask for a longer wait by retry-after, up to half a day', async () => {
    using receiver = startReceiver()
    const { webhook, ping, attempt } = desk()
    const { id: webhookId } = await webhook({ url: receiver.url })
    const waitAfter = async (retryAfter: string) => {
      receiver.answer(() => new Response(null, { status: 429, headers: { 'retry-after': retryAfter } }))
      const outcome = await attempt(await ping(webhookId))
      if (outcome.kind !== 'retry') throw new Error(outcome.kind)
      return outcome.delayMs
    }
    expect(await waitAfter('900')).toBeWithin(900 * second, 900 * second * 1.2 + 1)
    expect(await waitAfter('1')).toBeWithin(5 * second, 6 * second + 1)
    expect(await waitAfter('999999999')).toBeWithin(12 * hour, 12 * hour * 1.2 + 1)
    expect(await waitAfter('soon')).toBeWithin(5 * second, 6 * second + 1)
    expect(await waitAfter('Sun, 01 Mar 2026 13:00:00 GMT')).toBeWithin(hour, hour * 1.2 + 1)
  })

  test('a redirect is not followed, and is a failure', async () => {
    using receiver = startReceiver()
    receiver.answer(({ path }) =>
      path === '/hook' ? Response.redirect(`http://127.0.0.1:${receiver.port}/elsewhere`, 307) : new Response('here'),
    )
    const { webhook, ping, attempt, read } = desk()
    const id = await ping((await webhook({ url: receiver.url })).id)
    expect((await attempt(id)).kind).toBe('retry')
    expect((await read(id)).log.at(-1)).toMatchObject({
      status: 307,
      error: 'Its receiver answered 307: redirects are not followed.',
    })
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook'])
  })

  test('of a long answer only the first kilobyte is read and kept, and it counts', async () => {
    using receiver = startReceiver()
    receiver.answer(() => new Response('é\0'.repeat(5_000_000)))
    const { webhook, ping, attempt, read } = desk()
    const id = await ping((await webhook({ url: receiver.url })).id)
    expect(await attempt(id)).toEqual({ kind: 'completed' })
    const { state, log } = await read(id)
    expect(state).toBe('delivered')
    expect(log.at(-1)?.answer?.length).toBeWithin(300, 1_025)
    expect(log.at(-1)?.answer).not.toContain('\0')
  })

  test('a receiver that closes the connection, or is not there, is tried again', async () => {
    const receiver = startReceiver()
    const { webhook, ping, attempt, read } = desk()
    const { id: webhookId } = await webhook({ url: receiver.url })
    receiver.answer(() => {
      receiver[Symbol.dispose]()
      return new Response()
    })
    const cut = await ping(webhookId)
    expect((await attempt(cut)).kind).toBe('retry')
    const away = await ping(webhookId)
    expect((await attempt(away)).kind).toBe('retry')
    for (const id of [cut, away]) {
      const last = (await read(id)).log.at(-1)
      expect(last?.status).toBeNull()
      expect(last?.error).toStartWith('The connection failed: ')
      expect(last?.error).not.toContain('/hook')
    }
  })

  test('a secret that no key opens leaves the delivery to a later attempt, and its receiver unblamed', async () => {
    using receiver = startReceiver()
    const sealing = desk({ keys: ['the first key of this test'] })
    const { id: webhookId } = await sealing.webhook({ url: receiver.url })
    const id = await sealing.ping(webhookId)
    const other = openDesk(shared().database, { keys: ['another key of this test'] })
    const { jobId, tenantId } = await sealing.read(id)
    const job = { id: jobId, tenantId, kind: 'webhook.deliver', queue: 'webhooks', payload: { delivery_id: id } }
    const signal = new AbortController().signal
    const outcome = await other.kind.perform({
      job: { ...job, attempt: 1, maxAttempts: 100, ordered: false },
      signal,
      warm: undefined,
      log: () => {},
      progress: () => {},
    })
    expect(outcome.kind).toBe('retry')
    expect(receiver.received.length).toBe(0)
    expect((await sealing.read(id)).log.at(-1)?.error).toStartWith('Its secret cannot be opened. ')
    expect((await sealing.readWebhook(webhookId)).failingSince).toBeNull()
    expect(await sealing.attempt(id, { attempt: 2 })).toEqual({ kind: 'completed' })
    expect((await sealing.read(id)).state).toBe('delivered')
  })

  test('an attempt that is cancelled ends its delivery; one that is interrupted leaves it', async () => {
    using receiver = startReceiver()
    const { webhook, ping, attempt, read } = desk()
    const { id: webhookId } = await webhook({ url: receiver.url })
    receiver.answer(() => new Promise<Response>(() => {}))
    const stopped = async (reason: Error) => {
      const id = await ping(webhookId)
      const abort = new AbortController()
      const before = receiver.received.length
      const done = attempt(id, { signal: abort.signal })
      await receiver.count(before + 1)
      abort.abort(reason)
      await expect(done).rejects.toThrow(reason.message)
      return read(id)
    }
    const cancelled = await stopped(cancelRequested())
    expect(cancelled).toMatchObject({ state: 'failed', log: [{ error: 'Its job was cancelled.' }] })
    expect(await stopped(new Error('the process stops'))).toMatchObject({ state: 'pending', log: [] })
  })

  test('an attempt that comes back late, after another has taken its place, writes nothing', async () => {
    using receiver = startReceiver()
    const { webhook, ping, attempt, read, clock } = desk()
    const id = await ping((await webhook({ url: receiver.url })).id)
    const held = Promise.withResolvers<Response>()
    receiver.answer(() => held.promise)
    const late = attempt(id)
    await receiver.count(1)
    receiver.answer(() => new Response(null, { status: 500 }))
    clock.advance(60 * second)
    await attempt(id, { attempt: 2 })
    held.resolve(new Response(null, { status: 404 }))
    await late
    expect(await read(id)).toMatchObject({ state: 'pending', attempts: 1, log: [{ status: 500 }] })
  })

  test('a job of an earlier round sends nothing', async () => {
    using receiver = startReceiver()
    const { app, webhook, ping, attempt, read } = desk()
    const id = await ping((await webhook({ url: receiver.url })).id)
    await attempt(id)
    expect(await attempt(id)).toEqual({ kind: 'completed' })
    const { webhookDeliveries } = app.database.tables
    const earlier = (await read(id)).jobId
    const anew = { state: 'pending', finishedAt: null, jobId: 'job_other' }
    await app.database.transaction(tx => tx.orm.update(webhookDeliveries).set(anew).where(eq(webhookDeliveries.id, id)))
    expect(await attempt(id, { jobId: earlier })).toEqual({ kind: 'completed' })
    expect((await read(id)).state).toBe('pending')
    expect(receiver.received.length).toBe(1)
  })
})

test('a receiver that hangs is given up after its time', async () => {
  using receiver = startReceiver()
  const sent = (patienceMs: number) =>
    post({
      delivery: { messageId: 'evt_1', body: '{"type":"ping"}' },
      url: receiver.url,
      secrets: [],
      version: '1',
      egress: egressPolicy(['127.0.0.1']),
      now: Date.now(),
      signal: new AbortController().signal,
      patienceMs,
    })
  receiver.answer(() => new Promise<Response>(() => {}))
  expect(await sent(50)).toMatchObject({
    verdict: 'failed',
    made: { status: null, error: 'No answer within 0.05 s.' },
  })
  // One that begins to answer and never ends has taken the message.
  receiver.answer(() => new Response(new ReadableStream({ start: stream => stream.enqueue(Buffer.from('thanks')) })))
  expect(await sent(1_000)).toMatchObject({ verdict: 'delivered', made: { status: 200 } })
})
