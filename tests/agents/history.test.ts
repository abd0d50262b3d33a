import { describe, expect, test } from 'bun:test'
import { callOf, must, type RunView, type ThreadView, useStage } from '../api/stage.ts'
import { createDatabase, engines } from '../support/database.ts'
import { startFakeProvider } from '../support/provider/server.ts'
import { startService } from '../support/service.ts'

describe.each(engines)('the history of a thread on %s', engine => {
  const stage = useStage(engine)
  /** What the model was sent with its request of this number, as `role: text`. */
  const sent = async (agent: string, number: number) => {
    const { body } = (await stage().provider.request(agent, number)).record
    const { messages } = body as { messages: { role: string; content: unknown }[] } // as the SDK sends them
    return messages.map(
      ({ role, content }) => `${role}: ${typeof content === 'string' ? content : JSON.stringify(content)}`,
    )
  }
  const say = async (agent: string, thread_id: string, ...inputs: string[]) => {
    for (const input of inputs) {
      const { id } = await stage().run({ agent, thread_id, input })
      const run = await stage().finished(id)
      if (run.status !== 'completed') throw new Error(JSON.stringify(run))
    }
  }
  const thread = async (id: string) => (await must(200, stage().call<ThreadView>('GET', `/v1/threads/${id}`))).body

  test('is the newest messages that its agent allows', async () => {
    const agent = await stage().agent([], { history: { max_messages: 2 } })
    const thread_id = await stage().thread()
    await say(agent, thread_id, 'one', 'two', 'three')
    expect(await sent(agent, 3)).toEqual(['user: two', 'assistant: two', 'user: three'])
    expect((await thread(thread_id)).summary).toBeNull()
  })

  test('is cut by tokens, and keeps what the system has said', async () => {
    const agent = await stage().agent([], { history: { max_tokens: 120 } })
    const thread_id = await stage().thread()
    await must(201, stage().call('POST', `/v1/threads/${thread_id}/messages`, { role: 'system', content: 'Be kind.' }))
    await say(agent, thread_id, 'a'.repeat(200), 'b'.repeat(80), 'c')
    expect(await sent(agent, 3)).toEqual([
      'system: Be kind.',
      `user: ${'b'.repeat(80)}`,
      `assistant: ${'b'.repeat(80)}`,
      'user: c',
    ])
  })

  test('is summed up once it no longer fits, and the summary is kept with the thread', async () => {
    const usage = { input: 7, output: 3 }
    const agent = await stage().agent([{ text: 'A' }, { text: 'B' }, { text: 'C' }], {
      history: { max_messages: 4, summarize: true },
    })
    const thread_id = await stage().thread()
    await say(agent, thread_id, 'one', 'two', 'three')
    stage().provider.script(agent, [
      { text: 'They counted to two.', usage },
      { text: 'D', usage },
    ])
    const { id } = await stage().run({ agent, thread_id, input: 'four' })
    const run = await stage().finished(id)
    expect(run).toMatchObject({ status: 'completed', output: 'D', usage: { input_tokens: 14, output_tokens: 6 } })
    expect((await stage().events(id)).map(({ type }) => type).slice(0, 4)).toEqual([
      'run.created',
      'run.started',
      'history.summarized',
      'step.started',
    ])
    expect(await sent(agent, 4)).toEqual([
      expect.stringContaining('Sum up the conversation'),
      'user: user: one\n\nassistant: A\n\nuser: two\n\nassistant: B',
    ])
    expect(await sent(agent, 5)).toEqual([
      'system: What was said before, in short:\nThey counted to two.',
      'user: three',
      'assistant: C',
      'user: four',
    ])
    expect((await thread(thread_id)).summary).toEqual({ content: 'They counted to two.', position: 4 })
    // It is used again, and not made again.
    await say(agent, thread_id, 'five')
    expect((await sent(agent, 6)).slice(0, 2)).toEqual([
      'system: What was said before, in short:\nThey counted to two.',
      'user: three',
    ])
    // The next one is made of the one before.
    stage().provider.script(agent, [{ text: 'They counted to four.' }])
    await say(agent, thread_id, 'six')
    expect((await sent(agent, 7))[1]).toStartWith(
      'user: What came before, in short:\nThey counted to two.\n\nuser: three',
    )
    expect((await thread(thread_id)).summary).toEqual({ content: 'They counted to four.', position: 8 })
  })
})

test.each(engines)('a history on %s is not summed up twice by a run that was cut off after that', async engine => {
  await using database = await createDatabase(engine)
  const provider = await startFakeProvider()
  const env = { DATABASE_URL: database.url, FAKE_BASE_URL: provider.baseUrl, LEASE_SECONDS: '5' }
  const halfway = { text: ['half ', 'an answer'], hold: true as const }
  provider.script('m', [{ text: 'A' }, { text: 'In short.' }, halfway, { text: 'whole' }])
  await using first = await startService({ env })
  const history = { max_messages: 1, summarize: true }
  await must(201, callOf(first)('POST', '/v1/agents', { name: 'm', model: 'fake/m', history }))
  const { id: thread_id } = (await must(201, callOf(first)<ThreadView>('POST', '/v1/threads', {}))).body
  const body = (input: string) => ({ agent: 'm', thread_id, input })
  await must(200, callOf(first)('POST', '/v1/runs/wait', body('one')))
  const { id } = (await must(202, callOf(first)<RunView>('POST', '/v1/runs', body('two')))).body
  await provider.request('m', 3)
  await first.stop('SIGKILL')

  await using second = await startService({ env })
  const run = (await must(200, callOf(second)<RunView>('GET', `/v1/runs/${id}/wait`))).body
  expect(run).toMatchObject({ status: 'completed', output: 'whole', attempt: 2 })
  const asked = provider.requests('m').map(({ record }) => JSON.stringify(record.body))
  expect(asked.filter(text => text.includes('Sum up the conversation'))).toHaveLength(1)
  expect(asked[3]).toContain('What was said before, in short:\\nIn short.')
  await provider.stop()
})
