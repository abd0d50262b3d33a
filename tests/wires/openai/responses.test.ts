import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import OpenAI from 'openai'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import { callOf, must, type RunView, useStage } from '../../api/stage.ts'
import { createDatabase, engines } from '../../support/database.ts'
import { startFakeProvider } from '../../support/provider/server.ts'
import type { Turn } from '../../support/provider/turn.ts'
import { startService } from '../../support/service.ts'

setDefaultTimeout(60_000)

const clientOf = ({ url, key }: { url: string; key: string }) =>
  new OpenAI({ baseURL: `${url}/openai/v1`, apiKey: key, maxRetries: 0 })

async function collect(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

const deltas = (events: ResponseStreamEvent[]) =>
  events.map(event => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')

const failure = (work: PromiseLike<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

const look = { type: 'function' as const, name: 'look', parameters: { type: 'object' }, strict: false }

describe.each(engines)('OpenAI’s client and responses on %s', engine => {
  const stage = useStage(engine)
  const client = () => clientOf(stage().service)

  test('gets a response with its text and usage, and reads it again', async () => {
    const agent = await stage().agent([{ text: ['Hel', 'lo'], usage: { input: 7, output: 2 } }])
    const made = await client().responses.create({
      model: agent,
      input: 'go',
      instructions: 'Be brief.',
      metadata: { order: '42' },
    })
    expect(made).toMatchObject({
      object: 'response',
      status: 'completed',
      output_text: 'Hello',
      instructions: 'Be brief.',
      metadata: { order: '42' },
      usage: { input_tokens: 7, output_tokens: 2, total_tokens: 9 },
    })
    expect(await client().responses.retrieve(made.id)).toEqual({ ...made, output_text: 'Hello' })
    const { data } = await client().responses.inputItems.list(made.id)
    expect(data).toMatchObject([{ role: 'user', content: [{ type: 'input_text', text: 'go' }] }])
  })

  test('is taken by the strict accumulator of its streams, with numbers from 0 without gaps', async () => {
    const agent = await stage().agent([{ text: ['one ', 'two ', 'three'] }])
    const stream = client().responses.stream({ model: agent, input: 'go' })
    const numbers: number[] = []
    for await (const event of stream) numbers.push(event.sequence_number)
    expect(numbers).toEqual(numbers.map((_, index) => index))
    expect((await stream.finalResponse()).output_text).toBe('one two three')
  })

  test('reads what the model has thought before it answers', async () => {
    const agent = await stage().agent([{ reasoning: ['Let me ', 'see.'], text: ['Yes', '.'] }])
    const stream = client().responses.stream({ model: agent, input: 'go' })
    const types = new Set<string>()
    for await (const { type } of stream) types.add(type)
    const response = await stream.finalResponse()
    expect(response.output).toMatchObject([
      { type: 'reasoning', status: 'completed', summary: [{ type: 'summary_text', text: 'Let me see.' }] },
      { type: 'message', content: [{ text: 'Yes.' }] },
    ])
    expect([...types]).toEqual(expect.arrayContaining(['response.reasoning_summary_text.delta']))
    expect((await client().responses.retrieve(response.id)).output).toEqual(
      response.output.map(item => expect.objectContaining({ id: item.id, type: item.type })),
    )
    // What it has thought may come back with what it has said.
    const [thought, said] = response.output
    if (thought?.type !== 'reasoning' || said?.type !== 'message') throw new Error('There are other items.')
    const input = [{ role: 'user' as const, content: 'go' }, thought, said, { role: 'user' as const, content: 'on' }]
    expect((await client().responses.create({ model: agent, input })).status).toBe('completed')
  })

  test('is not kept as a response where it was not to be', async () => {
    const made = await client().responses.create({ model: 'echo', input: 'once', store: false })
    expect(made).toMatchObject({ output_text: 'once', store: false })
    for (const call of [
      () => client().responses.retrieve(made.id),
      () => client().responses.delete(made.id),
      () => client().responses.cancel(made.id),
      () => client().responses.inputItems.list(made.id).then(),
      () => client().responses.create({ model: 'echo', input: 'x', previous_response_id: made.id }),
    ])
      expect(await failure(call())).toMatchObject({ status: 404 })
    const both = client().responses.create({ model: 'echo', input: 'x', store: false, background: true })
    expect(await failure(both)).toMatchObject({ status: 400, param: 'store' })
  })

  test('goes on with a conversation, whose instructions are each answer’s own', async () => {
    const agent = await stage().agent([{ text: 'first' }, { text: 'second' }])
    const first = await client().responses.create({ model: agent, input: 'one', instructions: 'Shout.' })
    await client().responses.create({ model: agent, input: 'two', previous_response_id: first.id })
    const [, request] = stage().provider.requests(agent)
    if (!request) throw new Error('It was not asked again.')
    const { messages } = request.record.body as { messages: { role: string; content: unknown }[] }
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(JSON.stringify(messages)).not.toContain('Shout')
  })

  test.each([false, true])('runs its own functions and goes on with the same run (streamed: %p)', async stream => {
    const turns: Turn[] = [{ text: 'Let me see.', toolCalls: [{ name: 'look', input: { at: 1 } }] }, { text: 'A cat.' }]
    const agent = await stage().agent(turns)
    const first = await client().responses.create({ model: agent, input: 'go', tools: [look] })
    expect(first.output.map(({ type }) => type)).toEqual(['message', 'function_call'])
    const call = first.output.find(item => item.type === 'function_call')
    expect(call).toMatchObject({ name: 'look', arguments: '{"at":1}', status: 'completed' })
    const input = [{ type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: 'a cat' }]
    const body = { model: agent, previous_response_id: first.id, input, tools: [look] }
    const second = stream
      ? await client().responses.stream(body).finalResponse()
      : await client().responses.create(body)
    expect(second.output_text).toBe('A cat.')
    expect(second.id).toStartWith(`${first.id}_`)
    expect((await client().responses.retrieve(second.id)).output_text).toBe('A cat.')
    expect((await client().responses.retrieve(first.id)).output).toEqual(first.output)
    const { body: runs } = await must(200, stage().call<{ data: RunView[] }>('GET', `/v1/runs?agent=${agent}`))
    expect(runs.data).toHaveLength(1)
  })

  test('is answered at once in the background, follows it later, and cancels it', async () => {
    const held: Turn = { text: ['one ', 'two'], hold: true }
    const agent = await stage().agent([held, held])
    const made = await client().responses.create({ model: agent, input: 'go', background: true })
    expect(['queued', 'in_progress']).toContain(made.status ?? '')
    const following = client().responses.retrieve(made.id, { stream: true })
    const exchange = await stage().provider.request(agent, 1)
    exchange.release(2)
    const events = await collect(await following)
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
    ])
    expect(deltas(events)).toBe('one two')
    const from = await collect(await client().responses.retrieve(made.id, { stream: true, starting_after: 3 }))
    expect(from).toEqual(events.slice(4))

    const other = await client().responses.create({ model: agent, input: 'go', background: true })
    await stage().provider.request(agent, 2)
    expect(await client().responses.cancel(other.id)).toMatchObject({ status: 'cancelled' })
  })

  test('gets JSON that fits its schema', async () => {
    const schema = {
      type: 'object',
      properties: { n: { type: 'number' } },
      required: ['n'],
      additionalProperties: false,
    }
    const agent = await stage().agent([{ text: 'no JSON' }, { text: '{"n": 5}' }])
    const format = { type: 'json_schema' as const, name: 'number', schema }
    const made = await client().responses.create({ model: agent, input: 'go', text: { format } })
    expect(JSON.parse(made.output_text)).toEqual({ n: 5 })
  })

  test('is told failures in its own shape', async () => {
    const failing = await stage().agent([{ error: { status: 400, message: 'The model says no.' } }])
    const failed = await client().responses.create({ model: failing, input: 'go' })
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'provider_error', message: 'The model says no.' } })
    expect(await failure(client().responses.create({ model: 'nobody', input: 'go' }))).toMatchObject({ status: 404 })
    expect(await failure(client().responses.retrieve('resp_1'))).toMatchObject({ status: 404 })
    expect(await failure(client().responses.create({ model: 'echo', input: [] }))).toMatchObject({ status: 400 })
    for (const body of [{ model: 'a\u0000b' }, { previous_response_id: 'a\u0000b' }])
      expect(await failure(client().responses.create({ model: 'echo', input: 'x', ...body }))).toMatchObject({
        status: 400,
      })
    expect(
      await failure(client().responses.create({ model: 'echo', input: 'go', previous_response_id: failed.id })),
    ).toMatchObject({ status: 409 })
  })

  test('are deleted, and are gone then', async () => {
    const { id } = await client().responses.create({ model: 'echo', input: 'go' })
    await client().responses.delete(id)
    const gone = await client()
      .responses.retrieve(id)
      .catch((error: unknown) => error)
    expect(gone).toMatchObject({ status: 404 })
  })
})

test.each(engines)(
  'a response on %s is read on after its server was killed, to the very text of one that was not',
  async engine => {
    await using database = await createDatabase(engine)
    const provider = await startFakeProvider()
    const env = { DATABASE_URL: database.url, FAKE_BASE_URL: provider.baseUrl, LEASE_SECONDS: '5' }
    const text = ['one ', 'two ', 'three']
    provider.script('m', [{ text, hold: true }, { text }])
    await using first = await startService({ env })
    await must(201, callOf(first)('POST', '/v1/agents', { name: 'm', model: 'fake/m' }))
    const stream = await clientOf(first).responses.create({ model: 'm', input: 'go', stream: true })
    const seen: ResponseStreamEvent[] = []
    const reading = (async () => {
      for await (const event of stream) {
        seen.push(event)
        if (event.type === 'response.output_text.delta') break
      }
    })()
    ;(await provider.request('m', 1)).release(1)
    await reading
    await first.stop('SIGKILL')

    await using second = await startService({ env })
    const [created] = seen
    if (created?.type !== 'response.created') throw new Error('It was not made.')
    const starting_after = seen.at(-1)?.sequence_number ?? 0
    const rest = await collect(
      await clientOf(second).responses.retrieve(created.response.id, { stream: true, starting_after }),
    )
    expect(deltas([...seen, ...rest])).toBe(text.join(''))
    expect(rest.at(-1)?.type).toBe('response.completed')
    const whole = await collect(await clientOf(second).responses.retrieve(created.response.id, { stream: true }))
    expect(whole).toEqual([...seen, ...rest])
    await provider.stop()
  },
)
