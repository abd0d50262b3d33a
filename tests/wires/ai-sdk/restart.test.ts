import { expect, setDefaultTimeout, test } from 'bun:test'
import { WorkflowChatTransport } from '@ai-sdk/workflow'
import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai'
import { callOf, must } from '../../api/stage.ts'
import { createDatabase, engines } from '../../support/database.ts'
import { startFakeProvider } from '../../support/provider/server.ts'
import { type Service, startService } from '../../support/service.ts'
import { chatOf, headersOf, textOf } from './client.ts'

setDefaultTimeout(120_000)

const text = ['one ', 'two ', 'three']

test.each(engines)(
  'a chat on %s is read on by another server, to the very message of one that was not cut',
  async engine => {
    await using database = await createDatabase(engine)
    const provider = await startFakeProvider()
    const env = { DATABASE_URL: database.url, FAKE_BASE_URL: provider.baseUrl, LEASE_SECONDS: '5' }
    provider.script('m', [
      { text, hold: true },
      { text, hold: true },
    ])
    await using first = await startService({ env })
    await must(201, callOf(first)('POST', '/v1/agents', { name: 'm', model: 'fake/m' }))
    const talk = chatOf(first, 'm', { id: 'chat' })
    const sent = talk.sendMessage({ text: 'go' }).catch(() => {})
    ;(await provider.request('m', 1)).release(1)
    while (textOf(talk.messages.at(-1)) !== 'one ') await Bun.sleep(5)
    await first.stop('SIGKILL')
    await sent

    await using second = await startService({ env })
    const reloaded = chatOf(second, 'm', { id: 'chat', messages: talk.messages })
    const resumed = reloaded.resumeStream()
    // Not before it reads: of an answer that has ended there is nothing to go on with.
    while (reloaded.status !== 'streaming') await Bun.sleep(5)
    ;(await provider.request('m', 2)).release(text.length)
    await resumed
    expect(reloaded.errors).toEqual([])
    expect(reloaded.messages.map(textOf)).toEqual(['go', text.join('')])
    await provider.stop()
  },
)

test.each(engines)('the transport that resumes by itself goes on where it was, on %s', async engine => {
  await using database = await createDatabase(engine)
  const provider = await startFakeProvider()
  const env = { DATABASE_URL: database.url, FAKE_BASE_URL: provider.baseUrl, LEASE_SECONDS: '5' }
  provider.script('m', [{ text, hold: true }, { text }])
  let service: Service = await startService({ env })
  await must(201, callOf(service)('POST', '/v1/agents', { name: 'm', model: 'fake/m' }))
  const asked: string[] = []
  const transport = new WorkflowChatTransport({
    api: '/ai-sdk/m',
    // It asks wherever the service is now, and waits while there is none.
    fetch: Object.assign(
      async (path: string | URL | Request, init?: RequestInit) => {
        asked.push(String(path))
        if (asked.length > 1) await restarted.promise
        const headers = { ...headersOf(service), 'content-type': 'application/json' }
        return fetch(`${service.url}${path}`, { ...init, headers })
      },
      { preconnect: fetch.preconnect },
    ),
  })
  const restarted = Promise.withResolvers<void>()
  const message = { id: 'u1', role: 'user' as const, parts: [{ type: 'text' as const, text: 'go' }] }
  const stream = await transport.sendMessages({ chatId: 'chat', messages: [message], trigger: 'submit-message' })
  const chunks: UIMessageChunk[] = []
  const reading = (async () => {
    // It brings a package of its own with the same chunks.
    for await (const chunk of stream) chunks.push(chunk as UIMessageChunk)
  })()
  ;(await provider.request('m', 1)).release(1)
  while (!chunks.some(({ type }) => type === 'text-delta')) await Bun.sleep(5)
  await service.stop('SIGKILL')
  await service[Symbol.asyncDispose]()
  service = await startService({ env })
  restarted.resolve()
  await reading
  expect(asked.length).toBeGreaterThan(1)
  expect(asked[1]).toMatch(/^\/ai-sdk\/m\/run_[0-9a-f]{32}\/stream\?startIndex=[1-9]\d*$/)
  let last: UIMessage | undefined
  for await (const seen of readUIMessageStream({
    stream: new ReadableStream({
      start: controller => {
        for (const chunk of chunks) controller.enqueue(chunk)
        controller.close()
      },
    }),
  }))
    last = seen
  expect(textOf(last)).toBe(text.join(''))

  // And only the end of it, counted from there.
  const tail = await fetch(`${service.url}/ai-sdk/m/${last?.id}/stream?startIndex=-2`, { headers: headersOf(service) })
  // Whether a sign of life stands before it is up to the time of the second.
  expect((await tail.text()).replaceAll(': heartbeat\n\n', '')).toBe(
    `data: {"type":"finish-step"}\n\ndata: ${JSON.stringify(chunks.at(-1))}\n\ndata: [DONE]\n\n`,
  )
  expect(Number(tail.headers.get('x-workflow-stream-tail-index'))).toBe(chunks.length - 1)
  await service[Symbol.asyncDispose]()
  await provider.stop()
})
