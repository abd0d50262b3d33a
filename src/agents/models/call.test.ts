import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { LanguageModelV4FunctionTool, LanguageModelV4Prompt } from '@ai-sdk/provider'
import { type FakeProvider, startFakeProvider } from '../../../tests/support/provider/server.ts'
import { callModel, type ModelCall, type ModelResult } from './call.ts'
import type { ProviderProtocol } from './provider-config.ts'
import { createModels, type Models } from './registry.ts'

let provider: FakeProvider
let models: Models

beforeAll(async () => {
  provider = await startFakeProvider()
  const { baseUrl } = provider
  models = createModels(
    protocols.map(protocol => ({ name: protocol, protocol, baseUrl, apiKey: 'key-1', headers: { 'x-team': 'blue' } })),
  )
})
afterAll(() => provider.stop())

const protocols: ProviderProtocol[] = ['openai-responses', 'openai-chat', 'anthropic']

const weather: LanguageModelV4FunctionTool = {
  type: 'function',
  name: 'weather',
  description: 'The weather of a city.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

const question: LanguageModelV4Prompt = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: [{ type: 'text', text: 'How is the weather in Basel?' }] },
]

interface Heard {
  events: string[]
  result: ModelResult
}

/** Calls a model of its own for each test, so that scripts and requests do not mix. */
const call = async (name: string, options: Partial<ModelCall> = {}): Promise<Heard> => {
  const events: string[] = []
  const result = await callModel(
    {
      model: await models.get(name),
      prompt: question,
      tools: [],
      signal: new AbortController().signal,
      idleTimeoutMs: 10_000,
      ...options,
    },
    {
      text: delta => events.push(`text ${delta}`),
      reasoning: delta => events.push(`reasoning ${delta}`),
      toolCall: ({ toolCallId, name, input }) => events.push(`call ${toolCallId} ${name} ${input}`),
    },
  )
  return { events, result }
}

/** A reasoning model by its name, which is how the OpenAI SDK knows one. */
const modelId = (): string => `gpt-5-${Bun.randomUUIDv7()}`

describe.each(protocols)('a model that speaks %s', protocol => {
  test('streams its text, counts its tokens and says why it stopped', async () => {
    const id = modelId()
    provider.script(id, [{ text: ['Good ', 'morning', '.'], usage: { input: 12, output: 3 } }])
    const { events, result } = await call(`${protocol}/${id}`, { temperature: 0.5, maxOutputTokens: 100 })
    expect(events).toEqual(['text Good ', 'text morning', 'text .'])
    expect(result).toMatchObject({
      content: [{ type: 'text', text: 'Good morning.' }],
      text: 'Good morning.',
      toolCalls: [],
      finishReason: 'stop',
      usage: { input_tokens: 12, output_tokens: 3, total_tokens: 15 },
    })
  })

  test('is sent the key, the headers and no tools when there are none', async () => {
    const id = modelId()
    await call(`${protocol}/${id}`)
    const { headers, body } = (await provider.request(id, 1)).record
    expect(headers[protocol === 'anthropic' ? 'x-api-key' : 'authorization']).toContain('key-1')
    expect(headers['x-team']).toBe('blue')
    expect(body).toMatchObject({ model: id, stream: true })
    expect(body).not.toHaveProperty('tools')
  })

  test('answers without a script with what it was asked', async () => {
    const { result } = await call(`${protocol}/${modelId()}`)
    expect(result.text).toBe('How is the weather in Basel?')
  })

  test('is heard delta by delta, each the moment it is sent', async () => {
    const id = modelId()
    provider.script(id, [{ reasoning: ['hm'], text: ['one', 'two'], hold: true }])
    const deltas: string[] = []
    let next = Promise.withResolvers<void>()
    const hear = (delta: string): void => {
      deltas.push(delta)
      next.resolve()
      next = Promise.withResolvers()
    }
    const done = callModel(
      {
        model: await models.get(`${protocol}/${id}`),
        prompt: question,
        tools: [],
        signal: new AbortController().signal,
        idleTimeoutMs: 10_000,
      },
      { text: hear, reasoning: hear, toolCall() {} },
    )
    const exchange = await provider.request(id, 1)
    for (const expected of [['hm'], ['hm', 'one'], ['hm', 'one', 'two']]) {
      const heard = next.promise
      exchange.release(1)
      await heard
      expect(deltas).toEqual(expected)
    }
    expect((await done).text).toBe('onetwo')
  })

  test('thinks, calls tools, and is given back what it needs in the next step', async () => {
    const id = modelId()
    provider.script(id, [
      {
        reasoning: ['I should ', 'look.'],
        text: ['Let me see.'],
        toolCalls: [
          { id: 'call_a', name: 'weather', input: { city: 'Basel' } },
          { id: 'call_b', name: 'weather', input: {} },
        ],
      },
      { text: ['Sunny.'] },
    ])
    const first = await call(`${protocol}/${id}`, { tools: [weather] })
    expect(first.events).toEqual([
      'reasoning I should ',
      'reasoning look.',
      'text Let me see.',
      'call call_a weather {"city":"Basel"}',
      'call call_b weather {}',
    ])
    expect(first.result.finishReason).toBe('tool-calls')
    expect(first.result.toolCalls).toEqual([
      { toolCallId: 'call_a', name: 'weather', input: { city: 'Basel' }, invalidInput: null },
      { toolCallId: 'call_b', name: 'weather', input: {}, invalidInput: null },
    ])

    // As a stored step comes back from the database.
    const content: ModelResult['content'] = JSON.parse(JSON.stringify(first.result.content))
    expect(content).toEqual(first.result.content)
    const second = await call(`${protocol}/${id}`, {
      tools: [weather],
      prompt: [
        ...question,
        { role: 'assistant', content },
        {
          role: 'tool',
          content: ['call_a', 'call_b'].map(toolCallId => ({
            type: 'tool-result',
            toolCallId,
            toolName: 'weather',
            output: { type: 'text', value: 'sun' },
          })),
        },
      ],
    })
    expect(second.result.text).toBe('Sunny.')
    expect(second.result.finishReason).toBe('stop')

    const [asked, askedAgain] = provider.requests(id).map(exchange => exchange.record.body)
    expect(asked).toMatchObject({ tools: [expect.anything()] })
    expect(askedAgain).toMatchObject(expectedSecondRequest[protocol])
    expect(provider.requests(id)).toHaveLength(2)
  })

  test('may call a tool with something that is not JSON', async () => {
    const id = modelId()
    provider.script(id, [{ toolCalls: [{ id: 'call_a', name: 'weather', input: '{"city": Basel' }] }])
    const { events, result } = await call(`${protocol}/${id}`, { tools: [weather] })
    expect(events).toEqual(['call call_a weather {"city": Basel'])
    expect(result.toolCalls).toEqual([
      { toolCallId: 'call_a', name: 'weather', input: null, invalidInput: '{"city": Basel' },
    ])
    expect(result.content).toMatchObject([{ type: 'tool-call', input: '{"city": Basel' }])
    const { result: next } = await call(`${protocol}/${id}`, {
      tools: [weather],
      prompt: [
        ...question,
        { role: 'assistant', content: result.content },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: 'call_a',
              toolName: 'weather',
              output: { type: 'error-text', value: 'The arguments are not JSON.' },
            },
          ],
        },
      ],
    })
    expect(next.finishReason).toBe('stop')
    expect(JSON.stringify(provider.requests(id)[1]?.record.body)).toContain('invalid_input')
  })

  test('may call a tool with no arguments at all', async () => {
    const id = modelId()
    provider.script(id, [{ toolCalls: [{ name: 'weather', input: '' }] }])
    const { result } = await call(`${protocol}/${id}`, { tools: [weather] })
    expect(result.toolCalls).toMatchObject([{ input: {}, invalidInput: null }])
  })

  test('may run out of tokens', async () => {
    const id = modelId()
    provider.script(id, [{ text: 'Once upon', finish: 'length' }])
    const { result } = await call(`${protocol}/${id}`)
    expect(result).toMatchObject({ text: 'Once upon', finishReason: 'length' })
  })
})

const expectedSecondRequest = {
  'openai-responses': {
    store: false,
    include: ['reasoning.encrypted_content'],
    input: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user' },
      {
        type: 'reasoning',
        encrypted_content: expect.stringContaining('sealed:rs_'),
        summary: [{ type: 'summary_text', text: 'I should look.' }],
      },
      { role: 'assistant', content: 'Let me see.' },
      { type: 'function_call', call_id: 'call_a', name: 'weather', arguments: '{"city":"Basel"}' },
      { type: 'function_call', call_id: 'call_b', name: 'weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_a', output: 'sun' },
      { type: 'function_call_output', call_id: 'call_b', output: 'sun' },
    ],
  },
  'openai-chat': {
    stream_options: { include_usage: true },
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'How is the weather in Basel?' },
      {
        role: 'assistant',
        content: 'Let me see.',
        reasoning_content: 'I should look.',
        tool_calls: [
          { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Basel"}' } },
          { id: 'call_b', type: 'function', function: { name: 'weather', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_a', content: 'sun' },
      { role: 'tool', tool_call_id: 'call_b', content: 'sun' },
    ],
  },
  anthropic: {
    system: [{ type: 'text', text: 'Be brief.' }],
    messages: [
      { role: 'user' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'I should look.', signature: expect.stringContaining('signature-') },
          { type: 'text', text: 'Let me see.' },
          { type: 'tool_use', id: 'call_a', name: 'weather', input: { city: 'Basel' } },
          { type: 'tool_use', id: 'call_b', name: 'weather', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_a' },
          { type: 'tool_result', tool_use_id: 'call_b' },
        ],
      },
    ],
  },
}

test('asks providers to keep what prompts have in common, each in its own words', async () => {
  const body = async (protocol: string) => {
    const name = `cache-${protocol}`
    await call(`${protocol}/${name}`, { cacheKey: 'thr_1' })
    return provider.requests(name)[0]?.record.body
  }
  expect(await body('openai-responses')).toMatchObject({ prompt_cache_key: 'thr_1', store: false })
  const cache_control = { type: 'ephemeral' }
  expect(await body('anthropic')).toMatchObject({
    system: [{ type: 'text', text: 'Be brief.', cache_control }],
    messages: [{ role: 'user', content: [{ type: 'text', cache_control }] }],
  })
})
