import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { type MessageView, must, type PageView, type RunView, runBody, useStage } from './stage.ts'

describe.each(engines)('runs of one thread on %s', engine => {
  const stage = useStage(engine)

  /** A thread whose first run is held in mid-stream by its model. */
  const busyThread = async () => {
    const agent = await stage().agent([{ text: ['first'], hold: true }])
    const thread_id = await stage().thread()
    const run = await stage().run({ agent, thread_id })
    return { thread_id, run, exchange: await stage().provider.request(agent, 1) }
  }
  const create = (body: object) => stage().call<RunView>('POST', '/v1/runs', runBody(body))
  const answers = async (thread_id: string) =>
    (
      await must(200, stage().call<PageView<MessageView>>('GET', `/v1/threads/${thread_id}/messages?limit=500`))
    ).body.data
      .filter(message => message.role === 'assistant')
      .map(message => message.content)

  test('wait for the one before and run in the order of their making', async () => {
    const { thread_id, run, exchange } = await busyThread()
    const later: RunView[] = []
    for (let index = 1; index <= 5; index++) later.push(await stage().run({ thread_id, input: `next ${index}` }))
    for (const { id } of later) {
      expect((await must(200, stage().call<RunView>('GET', `/v1/runs/${id}`))).body.status).toBe('queued')
    }
    exchange.release()
    const runs = await Promise.all([run, ...later].map(({ id }) => stage().finished(id)))
    expect(runs.map(({ status, output }) => [status, output])).toEqual([
      ['completed', 'first'],
      ...later.map((_, index) => ['completed', `next ${index + 1}`]),
    ])
    for (const [index, next] of runs.slice(1).entries()) {
      expect(Date.parse(next.started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(runs[index]?.finished_at ?? ''))
    }
    expect(await answers(thread_id)).toEqual(['first', 'next 1', 'next 2', 'next 3', 'next 4', 'next 5'])
  })

  test('each sees what the ones before have said, also when 20 are made at once', async () => {
    const agent = await stage().agent()
    const thread_id = await stage().thread()
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stage().run({ agent, thread_id, input: `${index}` })),
    )
    await Promise.all(made.map(({ id }) => stage().finished(id)))
    const lengths = stage()
      .provider.requests(agent)
      .map(({ record }) => (record.body as { messages: unknown[] }).messages.length) // our provider's wire
    expect(lengths).toEqual(Array.from({ length: 20 }, (_, index) => 2 * index + 1))
    expect(new Set(await answers(thread_id)).size).toBe(20)
  })

  test('other threads, and runs without one, do not wait', async () => {
    const { run, exchange } = await busyThread()
    const other = await stage().run({ thread_id: await stage().thread(), input: 'other' })
    const loose = await stage().run({ input: 'loose' })
    expect((await stage().finished(other.id)).output).toBe('other')
    expect((await stage().finished(loose.id)).output).toBe('loose')
    exchange.release()
    await stage().finished(run.id)
  })

  test('one that is to be tried again keeps its place', async () => {
    const agent = await stage().agent([
      { error: { status: 500, message: 'once', headers: { 'retry-after': '0' } } },
      { text: 'recovered' },
    ])
    const thread_id = await stage().thread()
    const first = await stage().run({ agent, thread_id })
    const second = await stage().run({ thread_id, input: 'after it' })
    await stage().finished(second.id)
    expect(await stage().finished(first.id)).toMatchObject({ status: 'completed', attempt: 2 })
    expect(await answers(thread_id)).toEqual(['recovered', 'after it'])
  })

  test('one that fails or is delayed does not stop those after it for good', async () => {
    const agent = await stage().agent([{ error: { status: 400, message: 'no' } }])
    const thread_id = await stage().thread()
    const failing = await stage().run({ agent, thread_id })
    const delayed = await stage().run({ thread_id, input: 'delayed', delay_seconds: 0.5 })
    const last = await stage().run({ thread_id, input: 'last' })
    await stage().finished(last.id)
    expect((await stage().finished(failing.id)).status).toBe('failed')
    expect((await stage().finished(delayed.id)).status).toBe('completed')
    expect(await answers(thread_id)).toEqual(['delayed', 'last'])
  })

  test('409 with on_busy: reject while a run is unfinished, and no run is made', async () => {
    const { thread_id, run, exchange } = await busyThread()
    const { status, body } = await stage().call('POST', '/v1/runs', runBody({ thread_id, on_busy: 'reject' }))
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'thread_busy', detail: expect.stringContaining(thread_id) })
    for (const path of ['/v1/runs/wait', '/v1/runs/stream']) {
      expect((await stage().call('POST', path, runBody({ thread_id, on_busy: 'reject' }))).status).toBe(409)
    }
    exchange.release()
    await stage().finished(run.id)
    const list = await must(200, stage().call<PageView<RunView>>('GET', `/v1/runs?thread_id=${thread_id}`))
    expect(list.body.data.map(({ id }) => id)).toEqual([run.id])
    await must(202, create({ thread_id, on_busy: 'reject' }))
  })

  test('of ten at once with on_busy: reject one is made and nine get 409', async () => {
    const agent = await stage().agent(Array(10).fill({ text: ['x'], hold: true }))
    const thread_id = await stage().thread()
    const made = await Promise.all(Array.from({ length: 10 }, () => create({ agent, thread_id, on_busy: 'reject' })))
    expect(made.map(({ status }) => status).sort()).toEqual([202, ...Array(9).fill(409)])
    const exchange = await stage().provider.request(agent, 1)
    exchange.release()
  })

  test('one with on_busy: reject is refused also when the run before it was made in the same moment', async () => {
    const agent = await stage().agent(Array(4).fill({ text: ['x'], hold: true }))
    const thread_id = await stage().thread()
    const made = await Promise.all([
      create({ agent, thread_id }),
      create({ agent, thread_id, on_busy: 'reject' }),
      create({ agent, thread_id }),
      create({ agent, thread_id, on_busy: 'reject' }),
    ])
    const accepted = made.filter(({ status }) => status === 202)
    expect([made[0]?.status, made[2]?.status]).toEqual([202, 202])
    // They may arrive in any order: one that asked not to wait may be the first, and then the other is not.
    expect([made[1]?.status, made[3]?.status]).toContain(409)
    expect(accepted.length).toBeLessThanOrEqual(3)
    for (const { body } of accepted) await must(200, stage().call('POST', `/v1/runs/${body.id}/cancel`))
  })

  test('with on_busy: interrupt the running one and the waiting ones are cancelled, and it goes first', async () => {
    const { thread_id, run, exchange } = await busyThread()
    const waiting = await stage().run({ thread_id, input: 'waiting' })
    const { body } = await must(202, create({ thread_id, input: 'urgent', on_busy: 'interrupt' }))
    expect(await exchange.ended()).toBe('gone')
    expect(await stage().finished(body.id)).toMatchObject({ status: 'completed', output: 'urgent' })
    expect((await stage().finished(run.id)).status).toBe('cancelled')
    expect((await stage().finished(waiting.id)).status).toBe('cancelled')
    expect((await stage().events(waiting.id)).at(-1)).toMatchObject({
      type: 'run.cancelled',
      data: { reason: `Interrupted by ${body.id}.` },
    })
    expect(await answers(thread_id)).toEqual(['urgent'])
  })

  test('with on_busy: interrupt on a quiet thread nothing is cancelled', async () => {
    const thread_id = await stage().thread()
    const first = await stage().run({ thread_id, input: 'first' })
    await stage().finished(first.id)
    const { body } = await must(202, create({ thread_id, input: 'second', on_busy: 'interrupt' }))
    expect((await stage().finished(body.id)).output).toBe('second')
    expect((await stage().finished(first.id)).status).toBe('completed')
  })

  test('of ten at once with on_busy: interrupt the last one completes and the others end', async () => {
    const agent = await stage().agent()
    const thread_id = await stage().thread()
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, index) => create({ agent, thread_id, input: `${index}`, on_busy: 'interrupt' })),
    )
    expect(made.map(({ status }) => status)).toEqual(Array(10).fill(202))
    const runs = await Promise.all(made.map(({ body }) => stage().finished(body.id)))
    const [last, ...before] = runs.sort((a, b) => (a.id < b.id ? 1 : -1))
    expect(last?.status).toBe('completed')
    for (const { status } of before) expect(status).toBeOneOf(['completed', 'cancelled'])
    const completed = runs.filter(({ status }) => status === 'completed').map(({ output }) => output)
    expect((await answers(thread_id)).sort()).toEqual(completed.sort())
    expect((await answers(thread_id)).at(-1)).toBe(last?.output)
  })
})
