import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { must, type RunView, runBody, useStage } from './stage.ts'

describe.each(engines)('POST /v1/runs on %s', engine => {
  const stage = useStage(engine)

  test('202 with the run and its Location', async () => {
    const { status, headers, body } = await stage().call<RunView>('POST', '/v1/runs', { agent: 'echo', input: 'hello' })
    expect(status).toBe(202)
    expect(body).toEqual({
      id: expect.stringMatching(/^run_[0-9a-f]{32}$/),
      object: 'run',
      agent: 'echo',
      agent_version: 1,
      thread_id: null,
      status: 'queued',
      input: 'hello',
      output: null,
      error: null,
      usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0, cost_usd: 0 },
      tool_calls: null,
      attempt: 0,
      metadata: {},
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      started_at: null,
      finished_at: null,
    })
    expect(headers.get('location')).toBe(`/v1/runs/${body.id}`)
    expect(headers.get('content-type')).toStartWith('application/json')
  })

  test('the run completes with output, usage and times', async () => {
    const made = await stage().run({ input: 'one two three' })
    const run = await stage().finished(made.id)
    expect(run).toEqual({
      ...made,
      status: 'completed',
      output: 'one two three',
      usage: { input_tokens: 3, output_tokens: 3, total_tokens: 6, cost_usd: 0 },
      attempt: 1,
      started_at: expect.any(String),
      finished_at: expect.any(String),
    })
    const times = [run.created_at, run.started_at, run.finished_at].map(time => Date.parse(time ?? ''))
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  test('input may be messages, and comes back as it was sent', async () => {
    const input = [
      { role: 'system', content: 'Repeat.' },
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'first' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'second ' },
          { type: 'text', text: 'and third' },
        ],
      },
    ]
    const run = await stage().finished((await stage().run({ input })).id)
    expect(run).toMatchObject({ status: 'completed', input, output: 'second and third' })
  })

  test('messages reach the model with their roles, after the instructions', async () => {
    const agent = await stage().agent([{ text: 'ok' }], { instructions: 'Be short.' })
    const input = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'hello' },
      { role: 'user', content: 'bye' },
    ]
    await stage().finished((await stage().run({ agent, input })).id)
    const { record } = await stage().provider.request(agent, 1)
    const { messages } = record.body as { messages: { role: string; content: string }[] } // our provider's wire
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'Be short.'],
      ['user', 'hi'],
      ['assistant', 'hello'],
      ['user', 'bye'],
    ])
  })

  test('metadata and input come back byte for byte', async () => {
    const metadata = {
      'ключ 🔑': 'значение \u{1f600}',
      nul: 'a\u0000b',
      lone: '\ud800',
      quotes: '\\u0000 "\\" \n\t\u007f\u2028',
      nested: { list: [1, [2, [{ three: null }]], true, false, ''], empty: {}, none: [] },
      big: 9_007_199_254_740_991,
      bigger: 1.797_693_134_862_315_7e308,
      tiny: 5e-324,
      fraction: 0.1,
      below: -123_456_789.012_345_6,
      __order: { z: 1, a: 2, '10': 3 },
      number: '1e400',
    }
    const input = 'tab\t nul\u0000 astral 🎉 rtl \u202e end'
    const made = await stage().run({ input, metadata })
    expect(made.metadata).toEqual(metadata)
    const read = await stage().finished(made.id)
    expect(JSON.stringify(read.metadata)).toBe(JSON.stringify(metadata))
    expect(read).toMatchObject({ status: 'completed', input, output: input })
    const [listed] = (await must(200, stage().call<{ data: RunView[] }>('GET', '/v1/runs?limit=1'))).body.data
    expect(JSON.stringify(listed?.metadata)).toBe(JSON.stringify(metadata))
  })

  test('a metadata key called __proto__ is a key like any other', async () => {
    const { body } = await must(
      202,
      stage().call<RunView>('POST', '/v1/runs', '{"agent":"echo","input":"x","metadata":{"__proto__":{"a":1}}}'),
    )
    expect(JSON.stringify((await stage().finished(body.id)).metadata)).toBe('{"__proto__":{"a":1}}')
  })

  test('a long input is taken whole', async () => {
    const input = 'lorem ipsum '.repeat(50_000)
    const run = await stage().finished((await stage().run({ input })).id)
    expect(run).toMatchObject({ status: 'completed', output: input })
  })

  test('404 for an agent that does not exist', async () => {
    const { status, body } = await stage().call('POST', '/v1/runs', runBody({ agent: 'nobody' }))
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'not_found', detail: 'No agent has the id nobody.' })
  })

  test('404 for a thread that does not exist', async () => {
    const { status, body } = await stage().call('POST', '/v1/runs', runBody({ thread_id: 'thr_none' }))
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'not_found', detail: 'No thread has the id thr_none.' })
  })

  test('200 runs made at once are 200 different runs, and all complete', async () => {
    const made = await Promise.all(Array.from({ length: 200 }, (_, index) => stage().run({ input: `number ${index}` })))
    expect(new Set(made.map(run => run.id)).size).toBe(200)
    const finished = await Promise.all(made.map(run => stage().finished(run.id)))
    expect(finished.map(run => [run.status, run.output])).toEqual(
      finished.map((_, index) => ['completed', `number ${index}`]),
    )
  })
})
