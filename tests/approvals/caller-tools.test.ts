import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { must, type RunView } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { type Clerk, startClerk } from './clerk.ts'

setDefaultTimeout(120_000)

const tools = [
  {
    name: 'where_am_i',
    description: 'Where the user is.',
    input_schema: { type: 'object', properties: { precise: { type: 'boolean' } }, required: ['precise'] },
  },
]

describe.each(engines)('tools that the caller runs on %s', engine => {
  let started: Clerk | undefined
  beforeAll(async () => {
    started = await startClerk(engine)
  })
  afterAll(() => started?.[Symbol.asyncDispose]())
  const clerk = (): Clerk => {
    if (!started) throw new Error('The clerk is there within tests only.')
    return started
  }

  test('the run waits with their calls listed, and goes on with their results', async () => {
    const { stage } = clerk()
    const calls = [
      { name: 'where_am_i', input: { precise: true }, id: 'x' },
      { name: 'where_am_i', input: { precise: false }, id: 'y' },
    ]
    stage.provider.script('clerk', [{ toolCalls: calls }, { text: 'all done' }])
    const body = { agent: 'clerk', input: 'go', tools }
    // Who waits for the run here is who has to run its tools: it is told of them.
    const waiting = (await must(200, stage.call<RunView>('POST', '/v1/runs/wait', body))).body
    expect(waiting).toMatchObject({
      status: 'waiting',
      tool_calls: [
        { tool_call_id: 'x', name: 'where_am_i', input: { precise: true } },
        { tool_call_id: 'y', name: 'where_am_i', input: { precise: false } },
      ],
    })
    const give = (results: object[]) => stage.call<RunView>('POST', `/v1/runs/${waiting.id}/tool-results`, { results })
    expect((await give([{ tool_call_id: 'z', output: 1 }])).status).toBe(409)
    const half = await must(200, give([{ tool_call_id: 'x', output: { city: 'Bern' } }]))
    expect(half.body).toMatchObject({ status: 'waiting', tool_calls: [{ tool_call_id: 'y' }] })
    expect((await give([{ tool_call_id: 'x', output: 2 }])).status).toBe(409)
    await must(200, give([{ tool_call_id: 'y', output: 'no signal', is_error: true }]))
    expect(await stage.finished(waiting.id)).toMatchObject({
      status: 'completed',
      output: 'all done',
      tool_calls: null,
    })
    const results = (await stage.events(waiting.id)).filter(({ type }) => type === 'tool.result')
    expect(results.map(({ data }) => data)).toMatchObject([
      { tool_call_id: 'x', output: { city: 'Bern' }, is_error: false },
      { tool_call_id: 'y', output: 'no signal', is_error: true },
    ])
  })

  test('a wrong call goes back to the model, and nobody is asked', async () => {
    const { stage } = clerk()
    stage.provider.script('clerk', [
      { toolCalls: [{ name: 'where_am_i', input: { precise: 'very' }, id: 'x' }] },
      { text: 'sorry' },
    ])
    const { id } = await stage.run({ agent: 'clerk', input: 'go', tools })
    expect(await stage.finished(id)).toMatchObject({ status: 'completed', output: 'sorry' })
  })

  test('a name that the agent has, one that is there twice, and a schema that is none are refused', async () => {
    const { stage } = clerk()
    const [tool] = tools
    for (const wrong of [
      [{ ...tool, name: 'note' }],
      [tool, tool],
      [{ ...tool, input_schema: { type: 'string' } }],
      [{ ...tool, name: 'a b' }],
    ]) {
      const { status } = await stage.call('POST', '/v1/runs', { agent: 'clerk', input: 'go', tools: wrong })
      expect(status).toBe(422)
    }
  })
})
