import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type FakeProvider, startFakeProvider } from '../../../tests/support/provider/server.ts'
import type { Turn } from '../../../tests/support/provider/turn.ts'
import { callModel } from './call.ts'
import { type ModelFailure, modelFailure } from './failure.ts'
import type { ProviderProtocol } from './provider-config.ts'
import { createModels, type Models } from './registry.ts'

const protocols: ProviderProtocol[] = ['openai-responses', 'openai-chat', 'anthropic']

let provider: FakeProvider
let models: Models

beforeAll(async () => {
  provider = await startFakeProvider()
  models = createModels(
    protocols.map(protocol => ({ name: protocol, protocol, baseUrl: provider.baseUrl, apiKey: 'k' })),
  )
})
afterAll(() => provider.stop())

interface CallOptions {
  idleTimeoutMs?: number
  from?: Models
}

/** What was heard before the end, and the end. */
const call = async (name: string, options: CallOptions = {}): Promise<{ heard: string[]; error: unknown }> => {
  const heard: string[] = []
  const error = await callModel(
    {
      model: await (options.from ?? models).get(name),
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }],
      tools: [],
      signal: new AbortController().signal,
      idleTimeoutMs: options.idleTimeoutMs ?? 10_000,
    },
    {
      text: delta => heard.push(delta),
      reasoning() {},
      toolCall: ({ input }) => heard.push(input),
    },
  ).then(
    () => undefined,
    thrown => thrown,
  )
  return { heard, error }
}

const modelId = (): string => `m-${Bun.randomUUIDv7()}`

describe.each(protocols)('a provider that speaks %s', protocol => {
  /** Plays one turn, and judges how the call of it failed. */
  const failure = async (turn: Turn, options: CallOptions = {}): Promise<ModelFailure & { heard: string[] }> => {
    const id = modelId()
    provider.script(id, [turn])
    const { heard, error } = await call(`${protocol}/${id}`, options)
    expect(error).toBeInstanceOf(Error)
    expect(provider.requests(id)).toHaveLength(1)
    return { ...modelFailure(error), heard }
  }

  test('answers 429 and says when to come back', async () => {
    const turn: Turn = { error: { status: 429, message: 'Slow down.', headers: { 'retry-after': '2' } } }
    expect(await failure(turn)).toEqual({
      known: true,
      retryable: true,
      message: 'Slow down.',
      status: 429,
      retryAfterMs: 2_000,
      heard: [],
    })
  })

  test('answers 500', async () => {
    expect(await failure({ error: { status: 500, message: 'The server had an error.' } })).toMatchObject({
      retryable: true,
      message: 'The server had an error.',
      status: 500,
      retryAfterMs: null,
    })
  })

  test('answers 400', async () => {
    expect(
      await failure({
        error: { status: 400, message: 'This model has no such parameter.', type: 'invalid_request_error' },
      }),
    ).toMatchObject({ retryable: false, message: 'This model has no such parameter.', status: 400 })
  })

  test('hangs before its headers', async () => {
    expect(await failure({ hang: 'headers' }, { idleTimeoutMs: 60 })).toMatchObject({
      retryable: true,
      message: 'The provider sent nothing for 0.06 s.',
    })
  })

  test('hangs midway, and is hung up on', async () => {
    const id = modelId()
    provider.script(id, [{ text: ['one', 'two', 'three'], hang: 2 }])
    const { heard, error } = await call(`${protocol}/${id}`, { idleTimeoutMs: 300 })
    expect(modelFailure(error)).toMatchObject({ retryable: true, message: 'The provider sent nothing for 0.3 s.' })
    expect(heard).toEqual(['one', 'two'])
    expect(await (await provider.request(id, 1)).ended()).toBe('gone')
  })

  test('is slow, but never silent for too long', async () => {
    const id = modelId()
    provider.script(id, [{ text: ['a', 'b', 'c', 'd', 'e', 'f'], delayMs: 100 }])
    const { heard, error } = await call(`${protocol}/${id}`, { idleTimeoutMs: 500 })
    expect(error).toBeUndefined()
    expect(heard).toHaveLength(6)
  })

  test('closes the connection midway', async () => {
    const cut = await failure({ text: ['one', 'two', 'three'], cut: 2 })
    expect(cut).toMatchObject({ retryable: true, status: null })
    expect(cut.message).toContain('closed the connection')
  })

  test('closes the connection before its first word', async () => {
    expect(await failure({ text: ['one'], cut: 0 })).toMatchObject({ known: true, retryable: true, status: null })
  })

  test('ends its answer in the middle of a word', async () => {
    const ended = await failure({ text: ['one', 'two'], rubbish: { after: 1, text: '' } })
    expect(ended).toMatchObject({ known: true, retryable: true, heard: ['one'] })
    expect(ended.message).toContain('closed the connection')
  })

  test('ends its answer in the middle of a tool call, which is then not heard of', async () => {
    const ended = await failure({ text: ['Let me see.'], rubbish: { after: 1, text: halfAToolCall[protocol] } })
    expect(ended).toMatchObject({ known: true, retryable: true, heard: ['Let me see.'] })
  })

  test('sends a web page', async () => {
    const page = '<!doctype html><title>Sign in</title>'
    expect(await failure({ rubbish: { after: 'body', text: page } })).toMatchObject({
      known: true,
      retryable: true,
      heard: [],
    })
  })

  test('sends broken JSON at once', async () => {
    const rubbish = await failure({ rubbish: { after: 'body', text: 'data: {"id": \n\n' } })
    expect(rubbish).toMatchObject({ retryable: true, message: 'The provider sent an answer that cannot be read.' })
  })

  test('sends broken JSON midway', async () => {
    const rubbish = await failure({ text: ['one', 'two'], rubbish: { after: 1, text: 'data: {"id": \n\n' } })
    expect(rubbish).toMatchObject({ retryable: true, message: 'The provider sent an answer that cannot be read.' })
    expect(rubbish.heard).toEqual(['one'])
  })

  test.each(['at once', 'midway'])('sends an error event %s', async when => {
    const turn: Turn = {
      text: ['one', 'two'],
      error: { message: 'Overloaded', type: overloaded[protocol], after: when === 'midway' ? 1 : 0 },
    }
    const event = await failure(turn)
    expect(event).toMatchObject({ known: true, retryable: true, message: 'Overloaded' })
    expect(event.heard).toEqual(when === 'midway' ? ['one'] : [])
  })

  test('sends an error event that will not pass', async () => {
    const turn: Turn = { text: ['one'], error: { message: 'Too long', type: 'invalid_request_error', after: 1 } }
    expect(await failure(turn)).toMatchObject({ retryable: false, message: 'Too long' })
  })

  test('refuses connections', async () => {
    const closed = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
    const baseUrl = `http://127.0.0.1:${closed.port}/v1`
    await closed.stop(true)
    const from = createModels([{ name: 'gone', protocol, baseUrl, apiKey: 'k' }])
    const { error } = await call('gone/m', { from })
    expect(modelFailure(error)).toMatchObject({ retryable: true, message: 'The provider refused the connection.' })
  })
})

test('comments that keep a silent stream alive are not silence', async () => {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () =>
      new Response(
        async function* () {
          for (let count = 0; count < 6; count++) {
            await Bun.sleep(100)
            yield ': still thinking\n\n'
          }
          yield 'data: {"choices":[{"index":0,"delta":{"content":"done"},"finish_reason":"stop"}]}\n\n'
        },
        { headers: { 'content-type': 'text/event-stream' } },
      ),
  })
  const from = createModels([
    { name: 'slow', protocol: 'openai-chat', baseUrl: `http://127.0.0.1:${server.port}/v1`, apiKey: 'k' },
  ])
  expect(await call('slow/m', { from, idleTimeoutMs: 500 })).toEqual({ heard: ['done'], error: undefined })
  await server.stop(true)
})

const overloaded = { 'openai-responses': 'server_error', 'openai-chat': 'server_error', anthropic: 'overloaded_error' }

const halfAToolCall = {
  'openai-responses':
    'event: response.output_item.added\ndata: {"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"fc_1","call_id":"call_a","name":"weather","arguments":""}}\n\nevent: response.function_call_arguments.delta\ndata: {"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":1,"delta":"{\\"city\\":"}\n\n',
  'openai-chat':
    'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":"{\\"city\\":"}}]},"finish_reason":null}]}\n\n',
  anthropic:
    'event: content_block_start\ndata: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"call_a","name":"weather","input":{}}}\n\nevent: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"city\\":"}}\n\n',
}
