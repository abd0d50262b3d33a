import { describe, expect, test } from 'bun:test'
import { must, type PageView, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'

describe.each(engines)('an agent that remembers, on %s', engine => {
  const stage = useStage(engine)
  const write = (key: string, text: string) => ({ toolCalls: [{ name: 'memory_write', input: { key, text } }] })
  const search = (query: string) => ({ toolCalls: [{ name: 'memory_search', input: { query } }] })
  const results = async (id: string) =>
    (await stage().events(id)).flatMap(({ type, data }) =>
      type === 'tool.result' ? [data as { output: unknown }] : [],
    )

  test('finds in a later run what an earlier one wrote, for the same user alone', async () => {
    const agent = await stage().agent([write('drink', 'Ana likes green tea'), { text: 'noted' }], {
      tools: ['memory_search', 'memory_write'],
      memory: 'users/{metadata.user}',
    })
    const first = await stage().run({ agent, metadata: { user: 'ana' } })
    await stage().finished(first.id)
    const ask = async (user: string) => {
      stage().provider.script(agent, [search('tea'), { text: 'found' }])
      const run = await stage().run({ agent, metadata: { user } })
      await stage().finished(run.id)
      return (await results(run.id))[0]?.output
    }
    expect(await ask('ana')).toEqual([{ key: 'drink', value: 'Ana likes green tea', at: expect.any(String) }])
    expect(await ask('bob')).toEqual([])
    const kept = await must(200, stage().call<PageView<{ namespace: string }>>('GET', '/v1/store?namespace=users'))
    expect(kept.body.data.map(({ namespace }) => namespace)).toEqual(['users/ana'])
  })

  test('is told where nobody has said whose memory it is', async () => {
    const agent = await stage().agent([write('a', 'b'), { text: 'sorry' }], {
      tools: ['memory_write'],
      memory: 'users/{metadata.user}',
    })
    const run = await stage().run({ agent })
    expect(await stage().finished(run.id)).toMatchObject({ status: 'completed' })
    expect(await results(run.id)).toMatchObject([{ is_error: true, output: expect.stringContaining('whose memory') }])
  })

  test('is not made with a namespace that can be none', async () => {
    const body = { name: 'wrong', model: 'builtin/echo', memory: 'a/{nobody}' }
    const answer = await stage().call('POST', '/v1/agents', body)
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, '/memory'])
  })

  test('is run again later, once, by itself', async () => {
    const later = { input: 'look again', delay_seconds: 3_600 }
    const agent = await stage().agent([{ toolCalls: [{ name: 'schedule_run', input: later }] }, { text: 'later' }], {
      tools: ['schedule_run'],
    })
    const thread_id = await stage().thread()
    const run = await stage().run({ agent, thread_id, metadata: { user: 'ana' } })
    await stage().finished(run.id)
    const [told] = await results(run.id)
    const { run_id } = (told?.output ?? {}) as { run_id?: string }
    const { body } = await must(200, stage().call<object>('GET', `/v1/runs/${run_id}`))
    expect(body).toMatchObject({
      agent,
      status: 'queued',
      thread_id,
      input: 'look again',
      metadata: { user: 'ana', scheduled_by: run.id },
    })
  })

  test.each([
    [{ input: 'x', delay_seconds: 5 }, 'delay_seconds'],
    [{ input: 'x' }, 'Say when'],
    [{ input: 'x', at: '2020-01-01T00:00:00Z' }, '60 seconds away'],
    [{ input: 'x', at: 'tomorrow' }, 'no time in ISO 8601'],
  ])('is told what is wrong with %j', async (input, words) => {
    const agent = await stage().agent([{ toolCalls: [{ name: 'schedule_run', input }] }, { text: 'sorry' }], {
      tools: ['schedule_run'],
    })
    const run = await stage().run({ agent })
    await stage().finished(run.id)
    expect(await results(run.id)).toMatchObject([{ is_error: true, output: expect.stringContaining(words) }])
  })
})
