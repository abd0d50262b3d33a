import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { callOf, type MessageView, must, type PageView, type ThreadView, useStage } from './stage.ts'

interface ChatView {
  response: string
  thread_id: string
  run_id: string
}

describe.each(engines)('POST /chat on %s', engine => {
  const stage = useStage(engine)
  const chat = (body: object) => stage().call<ChatView>('POST', '/chat', body)

  test('200 with the answer, a new thread and its run', async () => {
    const { status, body } = await chat({ message: 'hello' })
    expect(status).toBe(200)
    expect(body).toEqual({
      response: 'hello',
      thread_id: expect.stringMatching(/^thr_/),
      run_id: expect.stringMatching(/^run_/),
    })
    expect(await stage().finished(body.run_id)).toMatchObject({
      status: 'completed',
      agent: 'echo',
      thread_id: body.thread_id,
      input: 'hello',
    })
  })

  test('200 on a thread that goes on, which the model is shown', async () => {
    const agent = await stage().agent([{ text: 'Nice to meet you, Ada.' }, { text: 'Ada.' }])
    const first = await must(200, chat({ message: 'I am Ada.', agent }))
    const second = await must(200, chat({ message: 'Who am I?', agent, thread_id: first.body.thread_id }))
    expect(second.body).toMatchObject({ response: 'Ada.', thread_id: first.body.thread_id })
    const { record } = await stage().provider.request(agent, 2)
    expect(record.body).toMatchObject({
      messages: [{ content: 'I am Ada.' }, { content: 'Nice to meet you, Ada.' }, { content: 'Who am I?' }],
    })
    const path = `/v1/threads/${first.body.thread_id}/messages`
    const messages = await must(200, stage().call<PageView<MessageView>>('GET', path))
    expect(messages.body.data.map(({ content }) => content)).toEqual([
      'I am Ada.',
      'Nice to meet you, Ada.',
      'Who am I?',
      'Ada.',
    ])
  })

  test('502 with the provider’s message and the run when the run fails', async () => {
    const agent = await stage().agent([{ error: { status: 400, message: 'The context is too long.' } }])
    const { status, body } = await stage().call('POST', '/chat', { message: 'x', agent })
    expect(status).toBe(502)
    expect(body).toMatchObject({
      code: 'provider_error',
      detail: expect.stringMatching(/^Run run_[0-9a-f]{32} failed: The context is too long\.$/),
    })
  })

  test('500 when the agent itself does not come to an end, and the detail says why', async () => {
    const call = { toolCalls: [{ name: 'nothing', input: {} }] }
    const agent = await stage().agent([call, call], { max_steps: 1 })
    const { status, body } = await stage().call('POST', '/chat', { message: 'x', agent })
    expect(status).toBe(500)
    expect(body).toMatchObject({ code: 'internal', detail: expect.stringContaining('its limit of 1 model calls') })
  })

  test('409 when the run is cancelled meanwhile', async () => {
    const agent = await stage().agent([{ hang: 'headers' }])
    const answer = stage().call('POST', '/chat', { message: 'x', agent })
    await stage().provider.request(agent, 1)
    const [run] = (await must(200, stage().call<PageView<{ id: string }>>('GET', `/v1/runs?agent=${agent}`))).body.data
    await must(200, stage().call('POST', `/v1/runs/${run?.id}/cancel`))
    const { status, body } = await answer
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'conflict', detail: `Run ${run?.id} was cancelled.` })
  })

  test('404 for a thread or an agent that does not exist, and no thread is left behind', async () => {
    const threads = async () =>
      (await must(200, stage().call<PageView<ThreadView>>('GET', '/v1/threads?limit=500'))).body.data
    const before = await threads()
    expect((await chat({ message: 'x', thread_id: 'thr_none' })).status).toBe(404)
    expect((await chat({ message: 'x', agent: 'nobody' })).status).toBe(404)
    expect(await threads()).toEqual(before)
  })

  test.each([
    [{}, '/message'],
    [{ message: '' }, '/message'],
    [{ message: 5 }, '/message'],
    [{ message: 'x', agent: 'a\u0000' }, '/agent'],
    [{ message: 'x', thread_id: 'a\u0000' }, '/thread_id'],
    [{ message: 'x', stream: true }, '/stream'],
  ])('422 for %j, naming the field', async (sent, field) => {
    const { status, body } = await stage().call('POST', '/chat', sent)
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ in: 'body', path: field }])
  })
})

describe('the agent of POST /chat when none is named', () => {
  const file = (name: string) => `export default { name: '${name}', model: 'builtin/echo' }`
  const agentOf = async (files: Record<string, string>, env: Record<string, string> = {}) => {
    using folder = temporaryFiles(files)
    await using service = await startService({ env: { AGENTS_DIR: folder.path, ...env } })
    const call = callOf(service)
    const { status, body } = await call<ChatView & { errors?: unknown }>('POST', '/chat', { message: 'x' })
    if (status !== 200) return { status, errors: body.errors }
    return (await must(200, call<{ agent: string }>('GET', `/v1/runs/${body.run_id}`))).body.agent
  }

  test('is echo where there is no other', async () => {
    expect(await agentOf({})).toBe('echo')
  })

  test('is the only one from a file', async () => {
    expect(await agentOf({ 'mine.ts': file('mine') })).toBe('mine')
  })

  test('is DEFAULT_AGENT where that is set', async () => {
    expect(await agentOf({ 'one.ts': file('one'), 'two.ts': file('two') }, { DEFAULT_AGENT: 'two' })).toBe('two')
  })

  test('has to be named where there are several: 422 names them', async () => {
    expect(await agentOf({ 'one.ts': file('one'), 'two.ts': file('two') })).toEqual({
      status: 422,
      errors: [{ in: 'body', path: '/agent', message: 'Say which agent: one, two.' }],
    })
  })
})
