import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { EventStream } from './event-stream.ts'
import { must, type RunView, useStage } from './stage.ts'

describe.each(engines)('POST /v1/runs/:id/cancel on %s', engine => {
  const stage = useStage(engine)
  const cancel = (id: string) => stage().call<RunView>('POST', `/v1/runs/${id}/cancel`)
  const types = async (id: string) => (await stage().events(id)).map(event => event.type)

  test('200 with the cancelled run when it had not begun', async () => {
    const { id } = await stage().run({ delay_seconds: 3_600 })
    const { body } = await must(200, cancel(id))
    expect(body).toMatchObject({ id, status: 'cancelled', output: null, error: null, attempt: 0, started_at: null })
    expect(body.finished_at).toBeString()
    expect(await types(id)).toEqual(['run.created', 'run.cancelled'])
  })

  test('a run that waits for its thread is cancelled at once, and the one after it goes on', async () => {
    const agent = await stage().agent([{ text: 'first', hold: true }])
    const thread_id = await stage().thread()
    const first = await stage().run({ agent, thread_id })
    const exchange = await stage().provider.request(agent, 1)
    const second = await stage().run({ input: 'second', thread_id })
    const third = await stage().run({ input: 'third', thread_id })
    expect((await must(200, cancel(second.id))).body.status).toBe('cancelled')
    exchange.release()
    expect(await stage().finished(first.id)).toMatchObject({ status: 'completed', output: 'first' })
    expect(await stage().finished(third.id)).toMatchObject({ status: 'completed', output: 'third' })
    expect(await types(second.id)).toEqual(['run.created', 'run.cancelled'])
  })

  test('a running one stops in mid-stream: the model is cut off, what it had said stays', async () => {
    const agent = await stage().agent([{ text: ['said ', 'not said'], hold: true }])
    const { id } = await stage().run({ agent })
    const exchange = await stage().provider.request(agent, 1)
    const events = new EventStream(await stage().service.request('GET', `/v1/runs/${id}/stream`))
    exchange.release(1)
    await events.until('text.delta')
    await must(200, cancel(id))
    expect(await exchange.ended()).toBe('gone')
    const frames = await events.all()
    expect(events.text()).toBe('said ')
    expect(frames.at(-1)).toMatchObject({ event: 'run.cancelled', data: { reason: 'Cancelled on request.' } })
    expect(await stage().finished(id)).toMatchObject({ status: 'cancelled', output: null, error: null, attempt: 1 })
    expect((await stage().events(id)).length).toBe(frames.length)
  })

  test('a running one stops before the model has answered at all', async () => {
    const agent = await stage().agent([{ hang: 'headers' }])
    const { id } = await stage().run({ agent })
    const exchange = await stage().provider.request(agent, 1)
    await must(200, cancel(id))
    expect(await exchange.ended()).toBe('gone')
    expect((await stage().finished(id)).status).toBe('cancelled')
  })

  test('one that waits for its next attempt is cancelled at once', async () => {
    const agent = await stage().agent([{ error: { status: 503, message: 'later', headers: { 'retry-after': '600' } } }])
    const { id } = await stage().run({ agent })
    const events = new EventStream(await stage().service.request('GET', `/v1/runs/${id}/stream`))
    await events.until('run.retrying')
    expect((await must(200, cancel(id))).body).toMatchObject({ status: 'cancelled', attempt: 1 })
    await events.all()
    expect(events.types().slice(-2)).toEqual(['run.retrying', 'run.cancelled'])
  })

  test('200 again for a run that is cancelled already, without a second event', async () => {
    const { id } = await stage().run({ delay_seconds: 3_600 })
    const first = await must(200, cancel(id))
    const second = await must(200, cancel(id))
    expect(second.body).toEqual(first.body)
    expect(await types(id)).toEqual(['run.created', 'run.cancelled'])
  })

  test('twenty requests at once cancel a running one once', async () => {
    const agent = await stage().agent([{ text: ['x'], hold: true }])
    const { id } = await stage().run({ agent })
    await stage().provider.request(agent, 1)
    const answers = await Promise.all(Array.from({ length: 20 }, () => cancel(id)))
    expect(answers.map(answer => answer.status)).toEqual(Array(20).fill(200))
    await stage().finished(id)
    expect((await types(id)).filter(type => type === 'run.cancelled')).toHaveLength(1)
  })

  test('409 for a run that has completed', async () => {
    const { id } = await stage().run()
    await stage().finished(id)
    const { status, body } = await stage().call('POST', `/v1/runs/${id}/cancel`)
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'conflict', detail: `Run ${id} is completed and cannot be cancelled.` })
    expect(await stage().finished(id)).toMatchObject({ status: 'completed', output: 'hello' })
  })

  test('409 for a run that has failed', async () => {
    const agent = await stage().agent([{ error: { status: 400, message: 'no' } }])
    const { id } = await stage().run({ agent })
    await stage().finished(id)
    expect((await cancel(id)).status).toBe(409)
  })

  test('nothing is added to the thread of a cancelled run', async () => {
    const agent = await stage().agent([{ text: ['half ', 'whole'], hold: true }])
    const thread_id = await stage().thread()
    const { id } = await stage().run({ agent, thread_id })
    const exchange = await stage().provider.request(agent, 1)
    exchange.release(1)
    await must(200, cancel(id))
    await stage().finished(id)
    expect((await must(200, stage().call('GET', `/v1/threads/${thread_id}/messages`))).body).toMatchObject({ data: [] })
  })
})
