import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { EventStream } from './event-stream.ts'
import { runBody, useStage } from './stage.ts'

const oneTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe.each(engines)('event streams on %s', engine => {
  const stage = useStage(engine)

  const stream = async (path: string, headers: Record<string, string> = {}) =>
    new EventStream(await stage().service.request('GET', path, undefined, headers))

  test('POST /v1/runs/stream answers 200 with every event of the run and ends with the terminal one', async () => {
    const response = await stage().service.request('POST', '/v1/runs/stream', runBody({ input: 'one two' }))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toStartWith('text/event-stream')
    expect(response.headers.get('cache-control')).toContain('no-cache')
    expect(response.headers.get('x-request-id')).toBeTruthy()
    const events = new EventStream(response)
    const frames = await events.all()
    expect(events.types()[0]).toBe('run.created')
    expect(events.types()[1]).toBe('run.started')
    expect(events.types()[2]).toBe('step.started')
    expect(events.types().at(-1)).toBe('run.completed')
    expect(events.text()).toBe('one two')
    expect(events.ids()).toEqual(oneTo(frames.length))
    // A heartbeat may come in between.
    expect(events.blocks.filter(block => !block.startsWith(':'))).toHaveLength(frames.length)
    expect(frames.at(-1)?.data).toEqual({
      output: 'one two',
      usage: { input_tokens: 2, output_tokens: 2, total_tokens: 4, cost_usd: 0 },
    })
    const id = response.headers.get('content-location')?.split('/').at(-1) ?? ''
    expect(await stage().finished(id)).toMatchObject({ status: 'completed', output: 'one two' })
  })

  test('frames and the page of events tell the same', async () => {
    const { id } = await stage().run()
    const events = await stream(`/v1/runs/${id}/stream`)
    const frames = await events.all()
    const stored = await stage().events(id)
    expect(frames).toEqual(stored.map(({ seq, type, data }) => ({ id: seq, event: type, data })))
  })

  test('deltas arrive while the model is still speaking', async () => {
    const agent = await stage().agent([{ text: ['first ', 'second ', 'third'], hold: true }])
    const response = stage().service.request('POST', '/v1/runs/stream', runBody({ agent }))
    const exchange = await stage().provider.request(agent, 1)
    const events = new EventStream(await response)
    exchange.release(1)
    expect((await events.until('text.delta')).data).toEqual({ step: 1, text: 'first ' })
    expect(exchange.state).toBe('open')
    exchange.release()
    await events.all()
    expect(events.text()).toBe('first second third')
  })

  test.each(['header', 'query'])('a reader resumes exactly after any event by %s, after the run', async way => {
    const { id } = await stage().run({ input: 'a b c d e f' })
    const whole = await (await stream(`/v1/runs/${id}/stream`)).all()
    for (const after of oneTo(whole.length - 1, 0)) {
      const resumed = await (way === 'header'
        ? stream(`/v1/runs/${id}/stream`, { 'last-event-id': String(after) })
        : stream(`/v1/runs/${id}/stream?after=${after}`))
      expect(await resumed.all()).toEqual(whole.slice(after))
    }
  })

  test('a reader resumes exactly in the middle of the run', async () => {
    const agent = await stage().agent([{ text: ['1 ', '2 ', '3 ', '4 '], hold: true }])
    const { id } = await stage().run({ agent })
    const exchange = await stage().provider.request(agent, 1)
    const first = await stream(`/v1/runs/${id}/stream`)
    exchange.release(2)
    await first.until('text.delta')
    await first.leave()
    const second = await stream(`/v1/runs/${id}/stream`, { 'last-event-id': String(first.ids().at(-1)) })
    exchange.release()
    await second.all()
    expect([...first.ids(), ...second.ids()]).toEqual(oneTo(first.ids().length + second.ids().length))
    expect(first.text() + second.text()).toBe('1 2 3 4 ')
  })

  test('a reader follows a run from before its start', async () => {
    const agent = await stage().agent([{ text: 'mine', hold: true }])
    const thread_id = await stage().thread()
    const before = await stage().run({ agent, thread_id })
    const exchange = await stage().provider.request(agent, 1)
    const { id } = await stage().run({ input: 'next', thread_id })
    const all = await stream(`/v1/runs/${id}/stream`)
    const later = await stream(`/v1/runs/${id}/stream?after=1`)
    expect((await all.until('run.created')).data).toEqual({ agent: 'echo', agent_version: 1, thread_id })
    exchange.release()
    await stage().finished(before.id)
    await all.all()
    expect(all.types().at(-1)).toBe('run.completed')
    expect(await later.all()).toEqual(all.frames.slice(1))
  })

  test('?after= wins over Last-Event-ID', async () => {
    const { id } = await stage().run()
    const whole = await (await stream(`/v1/runs/${id}/stream`)).all()
    const resumed = await stream(`/v1/runs/${id}/stream?after=2`, { 'last-event-id': '4' })
    expect(await resumed.all()).toEqual(whole.slice(2))
  })

  test('after the last event of a finished run the stream is empty and ends', async () => {
    const { id } = await stage().run()
    const whole = await (await stream(`/v1/runs/${id}/stream`)).all()
    const rest = await stream(`/v1/runs/${id}/stream`, { 'last-event-id': String(whole.length) })
    expect(await rest.all()).toEqual([])
  })

  test('100 readers of one run all get the same', async () => {
    const agent = await stage().agent([{ text: ['to ', 'all ', 'of ', 'you'], hold: true }])
    const { id } = await stage().run({ agent })
    const exchange = await stage().provider.request(agent, 1)
    const readers = await Promise.all(Array.from({ length: 100 }, () => stream(`/v1/runs/${id}/stream`)))
    exchange.release()
    const [first, ...others] = await Promise.all(readers.map(reader => reader.all()))
    expect(first?.map(frame => frame.id)).toEqual(oneTo(first?.length ?? 0))
    for (const frames of others) expect(frames).toEqual(first ?? [])
  })

  test('400 for a cursor beyond the log, saying how long it is', async () => {
    const { id } = await stage().run()
    await stage().finished(id)
    const last = (await stage().events(id)).length
    for (const [path, headers] of [
      [`/v1/runs/${id}/stream?after=${last + 1}`, {}],
      [`/v1/runs/${id}/stream`, { 'last-event-id': String(last + 1) }],
      [`/v1/runs/${id}/events?after=${last + 1}`, {}],
    ] as const) {
      const { status, body } = await stage().call('GET', path, undefined, headers)
      expect(status).toBe(400)
      expect(body).toMatchObject({
        code: 'invalid_cursor',
        detail: `The log of run ${id} has ${last} events so far; there is none after ${last + 1}.`,
      })
    }
  })

  test.each(['x', '-1', '1.5', '99999999999999999999', '1 2'])('400 for Last-Event-ID: %s', async lastEventId => {
    const { id } = await stage().run()
    const { status, body } = await stage().call('GET', `/v1/runs/${id}/stream`, undefined, {
      'last-event-id': lastEventId,
    })
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid_cursor', detail: expect.stringContaining('Last-Event-ID') })
  })

  test.each(['x', '-1', '1.5', ''])('422 for ?after=%s, naming it', async after => {
    const { id } = await stage().run()
    const { status, body } = await stage().call('GET', `/v1/runs/${id}/stream?after=${after}`)
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ in: 'query', path: '/after' }])
  })

  test('404 for a run that does not exist', async () => {
    expect((await stage().call('GET', '/v1/runs/run_none/stream')).status).toBe(404)
  })

  test('a request that is refused is answered with a problem, not with a stream', async () => {
    const { status, headers, body } = await stage().call('POST', '/v1/runs/stream', runBody({ agent: 'nobody' }))
    expect(status).toBe(404)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(body.code).toBe('not_found')
  })
})

describe('the heartbeat of a stream', () => {
  const stage = useStage('sqlite')

  test('comes at once where nothing else does, then every 5 seconds, and is no event', async () => {
    const { id } = await stage().run({ delay_seconds: 3_600 })
    const opened = performance.now()
    const seconds = () => (performance.now() - opened) / 1000
    const events = new EventStream(await stage().service.request('GET', `/v1/runs/${id}/stream?after=1`))
    expect(await events.comments(1)).toEqual([': heartbeat'])
    expect(seconds()).toBeLessThan(4)
    expect(await events.comments(2)).toEqual([': heartbeat', ': heartbeat'])
    expect(seconds()).toBeGreaterThan(4.5)
    expect(seconds()).toBeLessThan(9)
    await stage().call('POST', `/v1/runs/${id}/cancel`)
    await events.all()
    expect(events.types()).toEqual(['run.cancelled'])
  })
})
