import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { EventStream, type Frame } from './event-stream.ts'
import {
  type Answer,
  must,
  type PageView,
  type ProblemView,
  type RunView,
  runBody,
  type Stage,
  startStage,
} from './stage.ts'

const pollMs = 20

interface ReadyView {
  status: string
  checks: Record<string, { status: string; detail?: string }>
}

/** The service on Postgres, over a line that can be broken. */
describe('a Postgres that goes away and comes back', () => {
  setDefaultTimeout(90_000)
  let line: TcpProxy
  let stage: Stage

  beforeAll(async () => {
    const server = new URL(process.env.TEST_DATABASE_URL ?? '')
    line = await startTcpProxy({ host: server.hostname, port: Number(server.port || 5432) })
    stage = await startStage('postgres', database => {
      const url = new URL(database.url)
      url.host = `127.0.0.1:${line.port}`
      return { DATABASE_URL: url.href, LEASE_SECONDS: '5', DATABASE_POOL_SIZE: '4' }
    })
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    await line?.[Symbol.asyncDispose]()
  })

  const ready = () => stage.call<ReadyView>('GET', '/ready')
  /** Readiness is asked for as a load balancer does: again and again. */
  const untilReady = async (status: number): Promise<Answer<ReadyView>> => {
    const begun = performance.now()
    for (;;) {
      const answer = await ready()
      if (answer.status === status) return answer
      await Bun.sleep(pollMs)
      if (performance.now() - begun > 30_000)
        throw new Error(`not ${status} within 30 s: ${JSON.stringify(answer.body)}`)
    }
  }
  const outage = async (during: () => Promise<void>) => {
    await line.cut()
    await untilReady(503)
    await during()
    await line.restore()
    await untilReady(200)
  }
  /** Follows a run to its end, coming back with the last id as often as the connection ends before. */
  const follow = async (id: string, first: EventStream): Promise<Frame[]> => {
    const frames = [...(await first.all())]
    while (!frames.at(-1)?.event.match(/^run\.(completed|failed|cancelled)$/)) {
      const after = { 'last-event-id': String(frames.at(-1)?.id ?? 0) }
      const response = await stage.service.request('GET', `/v1/runs/${id}/stream`, undefined, after)
      if (response.status === 200) frames.push(...(await new EventStream(response).all()))
    }
    return frames
  }

  test('GET /ready answers 503, naming the database, and 200 when it is back', async () => {
    expect((await ready()).status).toBe(200)
    await outage(async () => {
      const { body } = await ready()
      expect(body.status).toBe('not_ready')
      expect(body.checks.database).toEqual({ status: 'failed', detail: 'It does not answer.' })
      expect(body.checks.process).toEqual({ status: 'ok' })
      expect((await stage.call('GET', '/health')).status).toBe(200)
    })
    expect((await ready()).body).toMatchObject({ status: 'ready', checks: { database: { status: 'ok' } } })
  })

  test('requests answer 503 at once and say when to come again', async () => {
    const { id } = await stage.run()
    await stage.finished(id)
    await outage(async () => {
      const answers = await Promise.all([
        stage.call('POST', '/v1/runs', runBody()),
        stage.call('POST', '/v1/runs/wait', runBody()),
        stage.call('POST', '/v1/runs/stream', runBody()),
        stage.call('GET', '/v1/runs'),
        stage.call('GET', `/v1/runs/${id}`),
        stage.call('GET', `/v1/runs/${id}/stream`),
        stage.call('POST', `/v1/runs/${id}/cancel`),
        stage.call('POST', '/v1/threads', {}),
        stage.call('POST', '/chat', { message: 'x' }),
        stage.call('POST', '/v1/agents', { name: 'x', model: 'a/b' }),
        // A key that was not seen lately can be neither taken nor refused.
        stage.call('GET', '/v1/runs', undefined, { authorization: 'Bearer bh_unknown' }),
      ])
      for (const { status, headers, body } of answers) {
        expect(status).toBe(503)
        expect(headers.get('retry-after')).toBe('1')
        expect(body).toMatchObject({
          code: 'unavailable',
          detail: 'The database cannot be reached.',
        } satisfies Partial<ProblemView>)
      }
    })
    expect(await stage.finished((await stage.run()).id)).toMatchObject({ status: 'completed' })
  })

  test('a run under way goes on, and what its model said meanwhile is stored when it is back', async () => {
    const agent = await stage.agent([{ text: ['before ', 'during ', 'and ', 'after'], hold: true }])
    const { id } = await stage.run({ agent })
    const exchange = await stage.provider.request(agent, 1)
    const stream = new EventStream(await stage.service.request('GET', `/v1/runs/${id}/stream`))
    exchange.release(1)
    await stream.until('text.delta')
    await outage(async () => {
      exchange.release(2)
      await exchange.sent(3)
    })
    exchange.release()
    const frames = await follow(id, stream)
    expect(frames.map(frame => frame.id)).toEqual(frames.map((_, index) => index + 1))
    const text = frames.filter(({ event }) => event === 'text.delta').map(({ data }) => (data as { text: string }).text) // its field
    expect(text.join('')).toBe('before during and after')
    expect(await stage.finished(id)).toMatchObject({
      status: 'completed',
      attempt: 1,
      output: 'before during and after',
    })
    expect(stage.provider.requests(agent)).toHaveLength(1)
  })

  test('a run whose model finishes while it is away completes when it is back', async () => {
    const agent = await stage.agent([{ text: ['all ', 'said'], hold: true }])
    const { id } = await stage.run({ agent })
    const exchange = await stage.provider.request(agent, 1)
    await outage(async () => {
      exchange.release()
      expect(await exchange.ended()).toBe('answered')
    })
    expect(await stage.finished(id)).toMatchObject({ status: 'completed', attempt: 1, output: 'all said' })
  })

  test('a run under way is still its worker’s after an outage longer than its lease', async () => {
    const agent = await stage.agent([{ text: ['long ', 'wait'], hold: true }])
    const { id } = await stage.run({ agent })
    const exchange = await stage.provider.request(agent, 1)
    exchange.release(1)
    await outage(async () => {
      const begun = performance.now()
      while (performance.now() - begun < 7_000) {
        expect((await ready()).status).toBe(503)
        await Bun.sleep(pollMs)
      }
    })
    exchange.release()
    expect(await stage.finished(id)).toMatchObject({ status: 'completed', attempt: 1, output: 'long wait' })
  })

  test('runs that wait, are delayed or follow each other go on', async () => {
    const thread_id = await stage.thread()
    const agent = await stage.agent([{ text: ['first'], hold: true }])
    const first = await stage.run({ agent, thread_id })
    const exchange = await stage.provider.request(agent, 1)
    const second = await stage.run({ thread_id, input: 'second' })
    const delayed = await stage.run({ delay_seconds: 0.5, input: 'delayed' })
    await outage(async () => exchange.release())
    for (const { id } of [first, second, delayed]) expect((await stage.finished(id)).status).toBe('completed')
  })

  test('whoever waits for a run has an answer', async () => {
    const agent = await stage.agent([{ text: ['x'], hold: true }])
    const { id } = await stage.run({ agent })
    const exchange = await stage.provider.request(agent, 1)
    const waiting = stage.call<RunView>('GET', `/v1/runs/${id}/wait`)
    await outage(async () => {})
    exchange.release()
    // Either it was told to come again, or it has waited through it.
    const { status, body } = await waiting
    expect(status).toBeOneOf([200, 503])
    if (status === 200) expect(body.status).toBe('completed')
    expect((await stage.finished(id)).status).toBe('completed')
  })

  test('nothing that was accepted is lost, and what was not can be sent again', async () => {
    const batch = crypto.randomUUID()
    const send = (index: number) =>
      stage.call<RunView>('POST', '/v1/runs', runBody({ input: `${index}`, metadata: { batch } }), {
        'idempotency-key': `${batch}-${index}`,
      })
    const sending: Promise<Answer<RunView>>[] = []
    for (let index = 0; index < 100; index++) {
      sending.push(send(index))
      if (index % 10 === 9) await sending[index - 5]
      if (index === 50) await line.cut()
    }
    const answers = await Promise.all(sending)
    await untilReady(503)
    await line.restore()
    await untilReady(200)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 503]))
    const again = await Promise.all(answers.map((answer, index) => (answer.status === 202 ? answer : send(index))))
    expect(again.map(({ status }) => status)).toEqual(Array(100).fill(202))
    for (const [index, { body }] of again.entries()) {
      expect(await stage.finished(body.id)).toMatchObject({ status: 'completed', output: `${index}` })
    }
    const listed = await must(200, stage.call<PageView<RunView>>('GET', '/v1/runs?limit=500'))
    expect(listed.body.data.filter(run => run.metadata.batch === batch)).toHaveLength(100)
  })

  test('through several outages in a row', async () => {
    for (let index = 0; index < 3; index++) {
      await outage(async () => {})
      expect(await stage.finished((await stage.run({ input: `${index}` })).id)).toMatchObject({ output: `${index}` })
    }
  })

  test('one that is silent makes /ready 503 too, and what waited goes on when it answers again', async () => {
    line.stall()
    const created = stage.call<RunView>('POST', '/v1/runs', runBody({ input: 'late' }))
    const { body } = await untilReady(503)
    expect(body.checks.database).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('No answer within'),
    })
    await line.restore()
    await untilReady(200)
    const run = await must(202, created)
    expect(await stage.finished(run.body.id)).toMatchObject({ status: 'completed', output: 'late' })
  })

  test('what went wrong is in the log without a password, and no line says that the process failed', async () => {
    const output = stage.service.output()
    expect(output).toContain('events cannot be stored now, they are kept')
    expect(output).not.toContain('"level":"fatal"')
    expect(stage.service.process.exitCode).toBeNull()
  })
})
