import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createModels } from '../../../src/agents/models/registry.ts'
import { type FakeProvider, startFakeProvider } from './server.ts'
import type { Turn } from './turn.ts'

const chat = (model: string, text: string, stream = true): string =>
  JSON.stringify({ model, stream, messages: [{ role: 'user', content: text }] })

describe('in the same process', () => {
  let provider: FakeProvider
  beforeAll(async () => {
    provider = await startFakeProvider()
  })
  afterAll(() => provider.stop())

  test.each([
    ['openai-responses', '/v1/responses'],
    ['openai-chat', '/v1/chat/completions'],
    ['anthropic', '/v1/messages'],
  ] as const)('answers %s without a stream as the SDK wants it', async (protocol, path) => {
    provider.script(protocol, [
      { reasoning: 'Hm.', text: 'Yes.', toolCalls: [{ id: 'call_a', name: 'look', input: { at: 'it' } }] },
    ])
    const models = createModels([{ name: 'fake', protocol, baseUrl: provider.baseUrl, apiKey: 'k' }])
    const model = await models.get(`fake/${protocol}`)
    const { content, finishReason } = await model.doGenerate({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'Really?' }] }],
    })
    expect(content).toMatchObject([
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'Yes.' },
      { type: 'tool-call', toolCallId: 'call_a', input: '{"at":"it"}' },
    ])
    expect(finishReason.unified).toBe('tool-calls')
    expect((await provider.request(protocol, 1)).record).toMatchObject({ number: 1, path, model: protocol })
  })

  test('refuses what the real provider would refuse', async () => {
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'tool', tool_call_id: 'call_x', content: 'sun' },
    ]
    const response = await fetch(`${provider.baseUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', stream: true, messages }),
    })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('must be a response to a preceding message')
  })

  test('forgets on reset', async () => {
    provider.script('m', [{ text: 'scripted' }])
    provider.reset()
    const response = await fetch(`${provider.baseUrl}/chat/completions`, {
      method: 'POST',
      body: chat('m', 'hi', false),
    })
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'hi' } }] })
    expect(provider.requests()).toHaveLength(1)
  })
})

describe('as a process of its own', () => {
  let child: Bun.Subprocess<'ignore', 'pipe', 'inherit'>
  let url: string

  beforeAll(async () => {
    const file = join(tmpdir(), `model-script-${Bun.randomUUIDv7()}.json`)
    await Bun.write(file, JSON.stringify({ '*': [{ text: 'from the file' }] }))
    child = Bun.spawn([process.execPath, join(import.meta.dir, 'main.ts'), '--model-script', file], {
      stdout: 'pipe',
      stderr: 'inherit',
      stdin: 'ignore',
    })
    const { value } = await child.stdout.getReader().read()
    url = new TextDecoder().decode(value).trim()
    await Bun.file(file).delete()
  })
  afterAll(async () => {
    child.kill()
    await child.exited
  })

  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${url}${path}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })

  test('answers from its script file, for ever', async () => {
    for (const text of ['one', 'two']) {
      const response = await post('/v1/chat/completions', chat('any', text))
      expect(await response.text()).toContain('from the file')
    }
  })

  test('is steered over HTTP', async () => {
    const turns: Turn[] = [{ text: ['one', 'two'], hold: true }]
    await post('/_control/script', { model: 'steered', turns })
    const answer = post('/v1/chat/completions', chat('steered', 'hi'))
    const arrived = await fetch(`${url}/_control/requests?model=steered&number=1`)
    expect(await arrived.json()).toMatchObject({ number: 1, state: 'open', sent_deltas: 0, body: { model: 'steered' } })

    await post('/_control/release', { model: 'steered', number: 1, count: 1 })
    const sent = await fetch(`${url}/_control/requests?model=steered&number=1&sent=1`)
    expect(await sent.json()).toMatchObject({ state: 'open', sent_deltas: 1 })

    await post('/_control/release', { model: 'steered', number: 1 })
    const ended = await fetch(`${url}/_control/requests?model=steered&number=1&ended=1`)
    expect(await ended.json()).toMatchObject({ state: 'answered', sent_deltas: 2 })
    expect(await (await answer).text()).toContain('data: [DONE]')
    const { requests } = (await (await fetch(`${url}/_control/requests?model=steered`)).json()) as {
      requests: object[]
    }
    expect(requests).toHaveLength(1)
  })
})
