import { describe, expect, test } from 'bun:test'
import OpenAI, { APIError } from 'openai'
import { must, type RunView, useStage } from '../../api/stage.ts'
import { engines } from '../../support/database.ts'
import type { Turn } from '../../support/provider/turn.ts'

describe.each(engines)('OpenAI’s client on %s', engine => {
  const stage = useStage(engine)
  const client = (apiKey = stage().service.key) =>
    new OpenAI({ baseURL: `${stage().service.url}/openai/v1`, apiKey, maxRetries: 0 })
  const ask = (content: string) => [{ role: 'user' as const, content }]
  const streamed = async (model: string, more: object = {}) => {
    const stream = await client().chat.completions.create({ model, messages: ask('go'), stream: true, ...more })
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    return chunks
  }
  const text = (chunks: Awaited<ReturnType<typeof streamed>>) =>
    chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')

  test('finds agents as models', async () => {
    const agent = await stage().agent()
    const ids = []
    for await (const { id } of client().models.list()) ids.push(id)
    expect(ids).toEqual(expect.arrayContaining(['echo', agent]))
    expect(await client().models.retrieve('echo')).toMatchObject({ id: 'echo', object: 'model', owned_by: 'bunkhouse' })
  })

  test('gets an answer with its usage, of a run that is there afterwards', async () => {
    const agent = await stage().agent([{ text: ['Hel', 'lo'], usage: { input: 7, output: 2 } }])
    const answer = await client().chat.completions.create({
      model: agent,
      messages: [
        { role: 'developer', content: 'Be brief.' },
        ...ask('hi'),
        { role: 'assistant', content: 'Yes?' },
        ...ask('go'),
      ],
    })
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: agent,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
      usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
    })
    const run = await must(200, stage().call<RunView>('GET', `/v1/runs/run_${answer.id.replace('chatcmpl-', '')}`))
    expect(run.body).toMatchObject({ status: 'completed', output: 'Hello', agent })
  })

  test('reads the same text as it comes, and the usage at its end', async () => {
    const agent = await stage().agent([{ text: ['one ', 'two ', 'three'], usage: { input: 3, output: 3 } }])
    const chunks = await streamed(agent, { stream_options: { include_usage: true } })
    expect(text(chunks)).toBe('one two three')
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant')
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 6 } })
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
  })

  test('runs its own tools, and goes on with the same run', async () => {
    const turns: Turn[] = [{ toolCalls: [{ name: 'weather', input: { city: 'Jena' } }] }, { text: 'It rains in Jena.' }]
    const tools = [
      {
        type: 'function' as const,
        function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
      },
    ]
    for (const stream of [false, true]) {
      const agent = await stage().agent([...turns])
      const first = await client().chat.completions.create({ model: agent, messages: ask('go'), tools })
      const [call] = first.choices[0]?.message.tool_calls ?? []
      expect(first.choices[0]?.finish_reason).toBe('tool_calls')
      if (call?.type !== 'function') throw new Error('There is no call.')
      expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Jena' })
      const messages = [
        ...ask('go'),
        first.choices[0]?.message ?? { role: 'assistant' as const, content: '' },
        { role: 'tool' as const, tool_call_id: call.id, content: 'rain' },
      ]
      const body = { model: agent, messages, tools }
      const said = stream
        ? text(await streamed(agent, body))
        : (await client().chat.completions.create(body)).choices[0]?.message.content
      expect(said).toBe('It rains in Jena.')
      const { body: runs } = await must(200, stage().call<{ data: RunView[] }>('GET', `/v1/runs?agent=${agent}`))
      expect(runs.data).toMatchObject([{ status: 'completed', output: 'It rains in Jena.' }])
      expect(stage().provider.requests(agent)).toHaveLength(2)
      const again = await client()
        .chat.completions.create(body)
        .catch((error: unknown) => error)
      expect(again).toBeInstanceOf(APIError)
      expect(again).toMatchObject({ status: 409, code: 'conflict' })
    }
  })

  test('streams a call of its own tools so that its accumulator takes it', async () => {
    const agent = await stage().agent([{ text: 'Let me see.', toolCalls: [{ name: 'look', input: { at: 1 } }] }])
    const runner = client().chat.completions.stream({
      model: agent,
      messages: ask('go'),
      tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
    })
    const { choices } = await runner.finalChatCompletion()
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: 'Let me see.', tool_calls: [{ function: { name: 'look', arguments: '{"at":1}' } }] },
    })
  })

  test('says how its model is to answer, before what the agent says', async () => {
    const agent = await stage().agent([{ text: 'ok' }], { temperature: 1, top_p: 0.9 })
    const settings = { temperature: 0.2, max_completion_tokens: 50, stop: 'END' }
    await client().chat.completions.create({ model: agent, messages: ask('go'), ...settings })
    const [request] = stage().provider.requests(agent)
    expect(request?.record.body).toMatchObject({ temperature: 0.2, top_p: 0.9, max_tokens: 50, stop: ['END'] })
  })

  test('gets JSON that fits its schema, as a whole', async () => {
    const schema = {
      type: 'object',
      properties: { n: { type: 'number' } },
      required: ['n'],
      additionalProperties: false,
    }
    const agent = await stage().agent([{ text: 'no JSON' }, { text: '{"n": 5}' }])
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'number', schema } }
    const chunks = await streamed(agent, { response_format })
    expect(JSON.parse(text(chunks))).toEqual({ n: 5 })
  })

  test('is told failures in its own shape, and whether to try again', async () => {
    const failing = await stage().agent([{ error: { status: 400, message: 'The model says no.' } }])
    const failure = (body: object, key?: string) =>
      client(key)
        .chat.completions.create({ model: 'echo', messages: ask('go'), ...body })
        .then(
          () => new Error('It went well.'),
          (error: unknown) => error,
        )
    expect(await failure({ model: failing })).toMatchObject({ status: 502, code: 'provider_error' })
    expect(await failure({ model: 'nobody' })).toMatchObject({ status: 404, type: 'invalid_request_error' })
    expect(await failure({}, 'bh_wrong')).toMatchObject({ status: 401, type: 'authentication_error' })
    expect(await failure({ messages: [{ role: 'wizard', content: 'x' }] })).toMatchObject({ status: 400 })
    expect(await failure({ n: 2 })).toMatchObject({ status: 400, param: 'n' })
    expect(await failure({ model: 'a\u0000b' })).toMatchObject({ status: 400, param: 'model' })
    const { headers } = await stage().service.request('POST', '/openai/v1/chat/completions', '{"model": 1', {})
    expect(headers.get('x-should-retry')).toBe('false')
    const failingStream = await stage().agent([{ error: { status: 400, message: 'The model says no.' } }])
    expect(await streamed(failingStream).catch((error: unknown) => error)).toMatchObject({
      message: expect.stringContaining('The model says no.'),
    })
  })

  test('makes one run of a request that it sends again by itself, and of results that it brings again', async () => {
    const turns: Turn[] = [{ toolCalls: [{ name: 'look', input: {}, id: `call_${engine}` }] }, { text: 'seen' }]
    const agent = await stage().agent(turns)
    // The first answer to each request is lost on its way.
    let lost = 0
    using line = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: async request => {
        const { pathname } = new URL(request.url)
        const headers = new Headers(request.headers)
        headers.delete('host')
        const body = await request.text()
        const answer = await fetch(stage().service.url + pathname, { method: 'POST', headers, body })
        await answer.text()
        if (request.headers.get('x-stainless-retry-count') === '0') {
          lost++
          return new Response('gone', { status: 500 })
        }
        return fetch(stage().service.url + pathname, { method: 'POST', headers, body })
      },
    })
    const patient = new OpenAI({ baseURL: `${line.url.origin}/openai/v1`, apiKey: stage().service.key, maxRetries: 1 })
    const tools = [{ type: 'function' as const, function: { name: 'look', parameters: { type: 'object' } } }]
    const first = await patient.chat.completions.create({ model: agent, messages: ask('go'), tools })
    const message = first.choices[0]?.message
    if (!message) throw new Error('There is no answer.')
    const results = [{ role: 'tool' as const, tool_call_id: `call_${engine}`, content: 'a cat' }]
    const messages = [...ask('go'), message, ...results]
    const last = await patient.chat.completions.create({ model: agent, messages, tools })
    expect(last.choices[0]?.message.content).toBe('seen')
    expect(lost).toBe(2)
    const { body: runs } = await must(200, stage().call<{ data: RunView[] }>('GET', `/v1/runs?agent=${agent}`))
    expect(runs.data).toHaveLength(1)
    expect(stage().provider.requests(agent)).toHaveLength(2)
  })

  test('is not told an answer twice that was begun again', async () => {
    const overloaded = { message: 'Overloaded', type: 'server_error', after: 2 }
    const same = await stage().agent([
      { text: ['one ', 'two ', 'three'], error: overloaded },
      { text: ['one two three'] },
    ])
    expect(text(await streamed(same))).toBe('one two three')
    const other = await stage().agent([{ text: ['one ', 'two ', 'three'], error: overloaded }, { text: ['seven'] }])
    expect(await streamed(other).catch((error: unknown) => error)).toMatchObject({ code: 'interrupted' })
  })
})
