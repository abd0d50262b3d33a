import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { type EventView, must, type PageView, type RunView, useStage } from './stage.ts'

describe.each(engines)('reading runs on %s', engine => {
  const stage = useStage(engine)

  test('GET /v1/runs/:id answers 200 with the run', async () => {
    const { id } = await stage().run({ metadata: { a: 1 } })
    const finished = await stage().finished(id)
    const { body } = await must(200, stage().call<RunView>('GET', `/v1/runs/${id}`))
    expect(body).toEqual(finished)
    expect(body).toMatchObject({ id, object: 'run', status: 'completed', metadata: { a: 1 } })
  })

  test('a run that is under way is running, with its attempt', async () => {
    const agent = await stage().agent([{ text: 'x', hold: true }])
    const { id } = await stage().run({ agent })
    const exchange = await stage().provider.request(agent, 1)
    // The run's start is in the log before the model's first word.
    exchange.release(1)
    await exchange.ended()
    const run = await stage().finished(id)
    const started = (await stage().events(id)).find(event => event.type === 'run.started')
    expect(started).toMatchObject({ data: { attempt: 1 }, created_at: run.started_at })
  })

  test.each(['run_none', 'thr_01a20ac7643c74ff917af328c26df1fb', 'x', '%E2%82%AC', "'", '..%2F', 'a'.repeat(2_000)])(
    '404 for the id %s',
    async id => {
      for (const [method, path] of [
        ['GET', ''],
        ['GET', '/wait'],
        ['GET', '/stream'],
        ['GET', '/events'],
        ['POST', '/cancel'],
      ] as const) {
        const { status, headers, body } = await stage().call(method, `/v1/runs/${id}${path}`)
        expect(status).toBe(404)
        expect(headers.get('content-type')).toBe('application/problem+json')
        expect(body).toMatchObject({ code: 'not_found', detail: `No run has the id ${decodeURIComponent(id)}.` })
      }
    },
  )

  test('422 for an id with a NUL character or bytes that are no UTF-8', async () => {
    for (const id of ['run_%00', '%ff', '%c3%28', '%zz']) {
      const { status, body } = await stage().call('GET', `/v1/runs/${id}`)
      expect({ id, status, code: body.code }).toEqual({ id, status: 422, code: 'invalid_request' })
    }
  })
})

describe.each(engines)('GET /v1/runs/:id/events on %s', engine => {
  const stage = useStage(engine)
  const page = async (id: string, query = '') =>
    (await must(200, stage().call<PageView<EventView>>('GET', `/v1/runs/${id}/events?${query}`))).body

  test('200 with the log from its first event, numbered without gaps', async () => {
    const { id } = await stage().run({ input: 'one two' })
    const run = await stage().finished(id)
    const { data, has_more, next_cursor, object } = await page(id)
    expect({ object, has_more, next_cursor }).toEqual({ object: 'list', has_more: false, next_cursor: null })
    expect(data.map(event => event.seq)).toEqual(data.map((_, index) => index + 1))
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const usage = { input_tokens: 2, output_tokens: 2, total_tokens: 4, cost_usd: 0 }
    const expected = [
      ['run.created', { agent: 'echo', agent_version: 1, thread_id: null }],
      ['run.started', { attempt: 1 }],
      ['step.started', { step: 1, kind: 'model', model: 'builtin/echo' }],
      ['text.delta', { step: 1, text: expect.any(String) }],
      [
        'step.completed',
        { step: 1, kind: 'model', content: [{ type: 'text', text: 'one two' }], finish_reason: 'stop', usage },
      ],
      ['run.completed', { output: 'one two', usage }],
    ]
    const merged = data.filter((event, index) => event.type !== 'text.delta' || data[index - 1]?.type !== 'text.delta')
    expect(merged.map(({ run_id, type, data, created_at }) => ({ run_id, type, data, created_at }))).toEqual(
      expected.map(([type, data]) => ({ run_id: id, type: String(type), data, created_at: at })),
    )
    expect(data.at(-1)?.created_at).toBe(String(run.finished_at))
  })

  test('pages by after, and next_cursor is the next after', async () => {
    const { id } = await stage().run()
    await stage().finished(id)
    const whole = (await page(id)).data
    const paged: EventView[] = []
    for (let after: string | null = '0'; after !== null; ) {
      const part: PageView<EventView> = await page(id, `limit=2&after=${after}`)
      expect(part.data.length).toBeLessThanOrEqual(2)
      expect(part.has_more).toBe(part.next_cursor !== null)
      if (part.next_cursor !== null) expect(part.next_cursor).toBe(String(part.data.at(-1)?.seq))
      paged.push(...part.data)
      after = part.next_cursor
    }
    expect(paged).toEqual(whole)
  })

  test('after the last event the page is empty', async () => {
    const { id } = await stage().run()
    await stage().finished(id)
    const last = (await page(id)).data.length
    expect(await page(id, `after=${last}`)).toEqual({ object: 'list', data: [], has_more: false, next_cursor: null })
  })

  test('a run that has not begun has the event of its making', async () => {
    const { id } = await stage().run({ delay_seconds: 3_600 })
    expect((await page(id)).data.map(event => event.type)).toEqual(['run.created'])
    await stage().call('POST', `/v1/runs/${id}/cancel`)
  })

  test.each(['after=-1', 'after=x', 'after=1.5', 'limit=0', 'limit=501', 'cursor=1'])('422 for ?%s', async query => {
    const { id } = await stage().run()
    const { status, body } = await stage().call('GET', `/v1/runs/${id}/events?${query}`)
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ in: 'query', path: `/${query.split('=')[0]}` }])
  })

  test.each(['99999', '9007199254740993', '1e30'])('400 for after=%s, beyond the log', async after => {
    const { id } = await stage().run()
    const { status, body } = await stage().call('GET', `/v1/runs/${id}/events?after=${after}`)
    expect(status).toBe(400)
    expect(body.code).toBe('invalid_cursor')
  })
})
