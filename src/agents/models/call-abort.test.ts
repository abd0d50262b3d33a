import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { LanguageModelV4, LanguageModelV4StreamPart, LanguageModelV4StreamResult } from '@ai-sdk/provider'
import { type FakeProvider, startFakeProvider } from '../../../tests/support/provider/server.ts'
import { callModel } from './call.ts'
import { echoModel } from './echo.ts'
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

/** What the call was rejected with. */
const call = async (name: string, signal: AbortSignal, text: (delta: string) => void = () => {}): Promise<unknown> =>
  callModel(
    {
      model: await models.get(name),
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }],
      tools: [],
      signal,
      idleTimeoutMs: 10_000,
    },
    { text, reasoning() {}, toolCall() {} },
  ).catch(thrown => thrown)

const modelId = (): string => `m-${Bun.randomUUIDv7()}`

describe.each(protocols)('a call over %s that is no longer wanted', protocol => {
  test('before it begins: nothing is sent', async () => {
    const id = modelId()
    const reason = new Error('stop')
    expect(await call(`${protocol}/${id}`, AbortSignal.abort(reason))).toBe(reason)
    expect(provider.requests(id)).toHaveLength(0)
  })

  test('before its headers: the request ends at once', async () => {
    const id = modelId()
    provider.script(id, [{ hang: 'headers' }])
    const controller = new AbortController()
    const reason = new Error('stop')
    const done = call(`${protocol}/${id}`, controller.signal)
    const exchange = await provider.request(id, 1)
    controller.abort(reason)
    expect(await done).toBe(reason)
    expect(await exchange.ended()).toBe('gone')
  })

  test('midway: the request ends at once and no more is heard', async () => {
    const id = modelId()
    provider.script(id, [{ text: ['one', 'two', 'three'], hold: true }])
    const controller = new AbortController()
    const reason = new Error('stop')
    const heard: string[] = []
    const first = Promise.withResolvers<void>()
    const done = call(`${protocol}/${id}`, controller.signal, delta => {
      heard.push(delta)
      first.resolve()
    })
    const exchange = await provider.request(id, 1)
    exchange.release(1)
    await first.promise
    controller.abort(reason)
    exchange.release(1)
    expect(await done).toBe(reason)
    expect(heard).toEqual(['one'])
    expect(await exchange.ended()).toBe('gone')
  })
})

test('a listener that throws ends the call and the request', async () => {
  const id = modelId()
  provider.script(id, [{ text: ['one', 'two'], hold: true }])
  const reason = new Error('the log is gone')
  const done = call(`openai-chat/${id}`, new AbortController().signal, () => {
    throw reason
  })
  const exchange = await provider.request(id, 1)
  exchange.release(1)
  expect(await done).toBe(reason)
  expect(await exchange.ended()).toBe('gone')
})

describe('a model object that does not mind its signal', () => {
  const leave = async (doStream: LanguageModelV4['doStream'], begun: Promise<void>): Promise<unknown> => {
    const controller = new AbortController()
    const reason = new Error('stop')
    const done = callModel(
      { model: { ...echoModel, doStream }, prompt: [], tools: [], signal: controller.signal, idleTimeoutMs: 10_000 },
      { text() {}, reasoning() {}, toolCall() {} },
    )
    await begun
    controller.abort(reason)
    const error = await done.catch(thrown => thrown)
    expect(error).toBe(reason)
    return error
  }

  test('is left at once, and its stream is cancelled when it comes at last', async () => {
    const begun = Promise.withResolvers<void>()
    const stream = Promise.withResolvers<LanguageModelV4StreamResult>()
    const cancelled = Promise.withResolvers<unknown>()
    const reason = await leave(() => {
      begun.resolve()
      return stream.promise
    }, begun.promise)
    stream.resolve({ stream: new ReadableStream({ cancel: cancelled.resolve }) })
    expect(await cancelled.promise).toBe(reason)
  })

  test('is left in the middle of its stream, which is cancelled', async () => {
    const begun = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<unknown>()
    const stream = new ReadableStream<LanguageModelV4StreamPart>(
      { pull: () => begun.resolve(), cancel: cancelled.resolve },
      { highWaterMark: 0 },
    )
    const reason = await leave(async () => ({ stream }), begun.promise)
    expect(await cancelled.promise).toBe(reason)
  })
})
