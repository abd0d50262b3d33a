import { describe, expect, test } from 'bun:test'
import {
  lastAssistantMessageIsCompleteWithApprovalResponses,
  lastAssistantMessageIsCompleteWithToolCalls,
  type UIMessage,
} from 'ai'
import { must, type RunView, useStage } from '../../api/stage.ts'
import { engines } from '../../support/database.ts'
import { chatOf, headersOf, textOf, toolsOf, transportOf } from './client.ts'

const user = (text: string): UIMessage => ({ id: crypto.randomUUID(), role: 'user', parts: [{ type: 'text', text }] })

/** What a chat sends by itself, nobody is given a promise of. */
const answered = async (talk: ReturnType<typeof chatOf>) => {
  while (talk.status !== 'ready' || textOf(talk.messages.at(-1)) === '') await Bun.sleep(5)
}

describe.each(engines)('the AI SDK’s chat on %s', engine => {
  const stage = useStage(engine)
  const chat = (agent: string, options: Parameters<typeof chatOf>[2] = {}) => chatOf(stage().service, agent, options)
  const runOf = async (id = '') => (await must(200, stage().call<RunView>('GET', `/v1/runs/${id}`))).body

  test('gets an answer with its reasoning, step by step, as a message', async () => {
    const agent = await stage().agent(
      [
        { reasoning: ['I ', 'look.'], toolCalls: [{ name: 'now', input: { timezone: 'Europe/Rome' } }] },
        { text: ['It is ', 'late.'], usage: { input: 3, output: 2 } },
      ],
      { tools: ['now'] },
    )
    const talk = chat(agent)
    await talk.sendMessage({ text: 'What time is it?' })
    expect(talk.errors).toEqual([])
    const [, answer] = talk.messages
    expect(talk.status).toBe('ready')
    expect(answer?.parts.map(({ type }) => type)).toEqual(['step-start', 'reasoning', 'tool-now', 'step-start', 'text'])
    expect(textOf(answer)).toBe('It is late.')
    expect(toolsOf(answer)).toMatchObject([
      { type: 'tool-now', state: 'output-available', output: { timezone: 'Europe/Rome' } },
    ])
    expect(answer?.metadata).toMatchObject({ usage: { output_tokens: expect.any(Number) } })
    expect(await runOf(answer?.id)).toMatchObject({ agent, status: 'completed', output: 'It is late.' })
  })

  test('sends all of the conversation each time, and its model is given it', async () => {
    const agent = await stage().agent([{ text: 'one' }, { text: 'two' }, { text: 'three' }])
    const talk = chat(agent)
    await talk.sendMessage({ text: 'first' })
    await talk.sendMessage({ text: 'second' })
    const { body } = (await stage().provider.request(agent, 2)).record
    expect(body).toMatchObject({
      messages: [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'one' },
        { role: 'user', content: 'second' },
      ],
    })
    await talk.regenerate()
    expect(talk.messages.map(textOf)).toEqual(['first', 'one', 'second', 'three'])
  })

  test('may send what is new alone: then the service keeps the conversation', async () => {
    const agent = await stage().agent([{ text: 'one' }, { text: 'two' }])
    const send = async (text: string) => {
      const message = user(text)
      const answer = await stage().service.request('POST', `/ai-sdk/${agent}`, { id: `kept-${engine}`, message })
      expect(answer.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1')
      return answer.text()
    }
    expect(await send('first')).toEndWith('data: [DONE]\n\n')
    await send('second')
    const { body } = (await stage().provider.request(agent, 2)).record
    expect(body).toMatchObject({ messages: [{ content: 'first' }, { content: 'one' }, { content: 'second' }] })
  })

  test('sends images along', async () => {
    const agent = await stage().agent([{ text: 'a dot' }])
    const url = `data:image/png;base64,${Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64')}`
    await chat(agent).sendMessage({
      text: 'What is it?',
      files: [{ type: 'file', mediaType: 'image/png', url, filename: 'dot.png' }],
    })
    const { body } = (await stage().provider.request(agent, 1)).record
    expect(JSON.stringify(body)).toContain(url)
  })

  test('is told what went wrong, in words', async () => {
    const agent = await stage().agent([{ error: { status: 400, message: 'no such model' } }])
    const failed = chat(agent)
    await failed.sendMessage({ text: 'go' })
    expect([failed.status, failed.errors.map(({ message }) => message)]).toEqual([
      'error',
      [expect.stringContaining('no such model')],
    ])
    const unknown = chat('nobody')
    await unknown.sendMessage({ text: 'go' })
    expect(unknown.errors.map(({ message }) => message)).toEqual(['No agent has the id nobody.'])
    const nameless = chat(agent, { id: 'a\u0000' })
    await nameless.sendMessage({ text: 'go' })
    expect(nameless.status).toBe('error')
    const keyless = chatOf({ ...stage().service, key: 'wrong' }, agent)
    await keyless.sendMessage({ text: 'go' })
    expect(keyless.errors.map(({ message }) => message)).toEqual([expect.stringContaining('key')])
  })

  test('is asked for approval, and its answer lets the run go on', async () => {
    const tool = {
      name: 'visit',
      description: 'Looks.',
      input_schema: { type: 'object' },
      http: { url: 'https://example.com/never' },
      approval: {},
    }
    const turns = [{ toolCalls: [{ name: 'visit', input: {} }] }, { text: 'I did not.' }]
    const agent = await stage().agent(turns, { tools: [tool] })
    const talk = chat(agent, { sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses })
    await talk.sendMessage({ text: 'go' })
    const asked = talk.messages.at(-1)?.parts.find(part => 'toolCallId' in part)
    if (!asked || !('approval' in asked) || !asked.approval) throw new Error(JSON.stringify(talk.messages))
    expect(asked.state).toBe('approval-requested')
    expect(await runOf(talk.messages.at(-1)?.id)).toMatchObject({ status: 'waiting' })
    await talk.addToolApprovalResponse({ id: asked.approval.id, approved: false, reason: 'too far' })
    await answered(talk)
    const answer = talk.messages.at(-1)
    expect(toolsOf(answer)).toMatchObject([{ state: 'output-denied' }])
    expect(textOf(answer)).toBe('I did not.')
    expect(talk.messages).toHaveLength(2)
    expect(await runOf(answer?.id)).toMatchObject({ status: 'completed', attempt: 1 })
    const approval = await must(200, stage().call<object>('GET', `/v1/approvals/${asked.approval.id}`))
    expect(approval.body).toMatchObject({ decision: { action: 'deny', reason: 'too far' } })
  })

  test('reads an answer that goes on after an approval from its start, also by the name of its run', async () => {
    const tool = {
      name: 'visit',
      description: 'Looks.',
      input_schema: { type: 'object' },
      http: { url: 'https://example.com/never' },
      approval: {},
    }
    const turns = [{ toolCalls: [{ name: 'visit', input: {} }] }, { text: ['I ', 'did ', 'not.'], hold: true as const }]
    const agent = await stage().agent(turns, { tools: [tool] })
    const id = `gone-on-${engine}`
    const talk = chat(agent, { id, sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses })
    await talk.sendMessage({ text: 'go' })
    const asked = talk.messages.at(-1)?.parts.find(part => 'toolCallId' in part)
    if (!asked || !('approval' in asked) || !asked.approval) throw new Error(JSON.stringify(talk.messages))
    const runId = talk.messages.at(-1)?.id ?? ''
    await talk.addToolApprovalResponse({ id: asked.approval.id, approved: false })
    const exchange = await stage().provider.request(agent, 2)
    exchange.release(1)
    const reloaded = chat(agent, { id, messages: talk.messages.slice(0, 1) })
    const resumed = reloaded.resumeStream()
    while (textOf(reloaded.messages.at(-1)) !== 'I ') await Bun.sleep(5)
    exchange.release()
    await resumed
    await answered(talk)
    expect(reloaded.messages.at(-1)).toMatchObject({ id: runId, metadata: { usage: {} } })
    expect(textOf(reloaded.messages.at(-1))).toBe('I did not.')
    expect(toolsOf(reloaded.messages.at(-1))).toMatchObject([{ state: 'output-denied' }])
    const named = chat(agent, { id: runId, messages: talk.messages.slice(0, 1) })
    await named.resumeStream()
    expect(named.messages.at(-1)).toEqual(reloaded.messages.at(-1) as UIMessage)
  })

  test('runs tools of its own, and brings what came of them', async () => {
    const agent = await stage().agent([{ toolCalls: [{ name: 'whereami', input: {} }] }, { text: 'You are in Rome.' }])
    const tools = [{ name: 'whereami', description: 'Where the user is.', input_schema: { type: 'object' } }]
    const talk = chat(agent, {
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
      onToolCall: ({ toolCall }) =>
        void talk.addToolOutput({ tool: toolCall.toolName, toolCallId: toolCall.toolCallId, output: { city: 'Rome' } }),
    })
    await talk.sendMessage({ text: 'go' }, { body: { tools } })
    await answered(talk)
    expect(talk.errors).toEqual([])
    expect(textOf(talk.messages.at(-1))).toBe('You are in Rome.')
    expect(toolsOf(talk.messages.at(-1))).toMatchObject([{ state: 'output-available', output: { city: 'Rome' } }])
    const { body } = (await stage().provider.request(agent, 2)).record
    expect(JSON.stringify(body)).toContain('Rome')
  })

  test('takes back what an attempt had said that was cut off', async () => {
    const broken = { text: ['wrong ', 'words'], error: { message: 'Overloaded', type: 'server_error', after: 1 } }
    const agent = await stage().agent([broken, { text: 'right' }])
    const talk = chat(agent)
    await talk.sendMessage({ text: 'go' })
    expect(talk.errors).toEqual([])
    expect(textOf(talk.messages.at(-1))).toBe('right')
  })

  test('reads an answer that is being made from its start, after a reload', async () => {
    const agent = await stage().agent([{ text: ['one ', 'two ', 'three'], hold: true }])
    const id = `reload-${engine}`
    const first = chat(agent, { id })
    const sent = first.sendMessage({ text: 'go' })
    const exchange = await stage().provider.request(agent, 1)
    exchange.release(1)
    while (textOf(first.messages.at(-1)) !== 'one ') await Bun.sleep(5)
    const second = chat(agent, { id, messages: first.messages.slice(0, 1) })
    const resumed = second.resumeStream()
    while (textOf(second.messages.at(-1)) !== 'one ') await Bun.sleep(5)
    exchange.release()
    await Promise.all([sent, resumed])
    expect(second.messages.map(textOf)).toEqual(['go', 'one two three'])
    expect(second.messages.at(-1)).toEqual(first.messages.at(-1) as UIMessage)
    // Nothing is being made any more.
    expect(await transportOf(stage().service, agent).reconnectToStream({ chatId: id })).toBeNull()
    expect(await transportOf(stage().service, agent).reconnectToStream({ chatId: 'nothing' })).toBeNull()
  })

  test('stops the run, and not only its own reading', async () => {
    const agent = await stage().agent([{ text: ['one ', 'two'], hold: true }])
    const id = `stop-${engine}`
    const talk = chat(agent, { id })
    const sent = talk.sendMessage({ text: 'go' })
    const exchange = await stage().provider.request(agent, 1)
    exchange.release(1)
    while (textOf(talk.messages.at(-1)) !== 'one ') await Bun.sleep(5)
    const path = `/ai-sdk/${agent}/${id}/stop`
    expect((await stage().service.request('POST', path)).status).toBe(204)
    await sent
    expect(await stage().finished(talk.messages.at(-1)?.id ?? '')).toMatchObject({ status: 'cancelled' })
    expect((await stage().service.request('POST', path)).status).toBe(204)
    exchange.release()
  })

  test('sees nothing of another tenant, nor of another agent', async () => {
    const agent = await stage().agent([{ text: 'mine' }])
    const id = `tenant-${engine}`
    const talk = chat(agent, { id })
    await talk.sendMessage({ text: 'go' })
    const made = await must(
      201,
      stage().call<{ admin_key: { key: string } }>('POST', '/v1/tenants', { id: `ui-${engine}`, name: 'Other' }),
    )
    const foreign = { ...stage().service, key: made.body.admin_key.key }
    const path = `${foreign.url}/ai-sdk/${agent}`
    const read = async (chat: string, key = foreign.key) =>
      (await fetch(`${path}/${chat}/stream`, { headers: headersOf({ key }) })).status
    expect(await read(talk.messages.at(-1)?.id ?? '')).toBe(404)
    expect(await read(id)).toBe(404)
    const other = await fetch(`${foreign.url}/ai-sdk/echo/${talk.messages.at(-1)?.id}/stream`, {
      headers: headersOf(stage().service),
    })
    expect(other.status).toBe(404)
  })

  test.each([
    [{}, 'Send messages'],
    [{ messages: [] }, '/messages'],
    [{ messages: [{ role: 'user', parts: [] }] }, 'at least one message'],
    [{ messages: [{ role: 'tool', parts: [] }] }, '/messages/0/role'],
    [
      { messages: [{ role: 'user', parts: [{ type: 'file', url: 'http://10.0.0.1/x', mediaType: 'image/png' }] }] },
      'https://',
    ],
    [{ id: 'none', messages: [{ role: 'assistant', parts: [] }] }, 'one of the user'],
  ])('answers %j with the words that an app shows', async (body, words) => {
    const answer = await stage().service.request('POST', '/ai-sdk/echo', body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.headers.get('content-type')).toStartWith('text/plain')
    expect(await answer.text()).toContain(words)
  })
})
