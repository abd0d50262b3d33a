import { describe, expect, test } from 'bun:test'
import { type AgentView, must, type RunView, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'number' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
}
const good = JSON.stringify({ city: 'Bern', degrees: 21 })

describe.each(engines)('answers that have to fit a schema, on %s', engine => {
  const stage = useStage(engine)
  const finished = async (turns: object[], body: object, settings: object = {}) => {
    const agent = await stage().agent(turns, settings)
    const run = await stage().finished((await stage().run({ agent, ...body })).id)
    return {
      run,
      asked: stage()
        .provider.requests(agent)
        .map(({ record }) => record.body),
    }
  }

  test.each([
    ['as it is', good],
    ['in a fence of Markdown', `\`\`\`json\n${good}\n\`\`\``],
  ])('the output is JSON, said %s', async (_how, text) => {
    const { run, asked } = await finished([{ text }], { output_schema: schema })
    expect(run).toMatchObject({ status: 'completed', output: { city: 'Bern', degrees: 21 } })
    // It is asked for JSON, and told of what sort.
    expect(asked[0]).toMatchObject({ response_format: { type: 'json_object' } })
    expect(JSON.stringify(asked[0])).toContain('degrees')
  })

  test('one that does not fit is asked for once more, with what is wrong', async () => {
    const { run, asked } = await finished([{ text: '{"city":"Bern"}' }, { text: good }], { output_schema: schema })
    expect(run).toMatchObject({ status: 'completed', output: { city: 'Bern', degrees: 21 } })
    expect(asked).toHaveLength(2)
    expect(JSON.stringify(asked[1])).toContain('degrees')
    expect(JSON.stringify(asked[1])).toContain('does not fit what is wanted')
  })

  test('the second one that does not fit fails the run, and says why', async () => {
    const { run, asked } = await finished([{ text: 'no idea' }, { text: 'still none' }, { text: good }], {
      output_schema: schema,
    })
    expect(run).toMatchObject({
      status: 'failed',
      output: null,
      error: { code: 'output_invalid', message: expect.stringContaining('it is no JSON') },
    })
    expect(asked).toHaveLength(2)
  })

  test('an agent has one for all of its runs, and a run may bring another', async () => {
    const settings = { output_schema: schema }
    const { run } = await finished([{ text: good }], {}, settings)
    expect(run.output).toEqual({ city: 'Bern', degrees: 21 })
    const own = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }
    const other = await finished([{ text: '{"n":3}' }], { output_schema: own }, settings)
    expect(other.run.output).toEqual({ n: 3 })
    const { body } = await must(200, stage().call<AgentView>('GET', `/v1/agents/${run.agent}`))
    expect(body.output_schema).toEqual(schema)
    await must(200, stage().call('PATCH', `/v1/agents/${run.agent}`, { output_schema: null }))
    const free = await stage().finished((await stage().run({ agent: run.agent, input: 'just text' })).id)
    expect(free.output).toBe('just text')
  })

  test('a thread keeps it as text, and what is no schema is refused', async () => {
    const threadId = await stage().thread()
    const { run } = await finished([{ text: good }], { output_schema: schema, thread_id: threadId })
    expect(run.status).toBe('completed')
    const { body } = await must(
      200,
      stage().call<{ data: { content: string }[] }>('GET', `/v1/threads/${threadId}/messages`),
    )
    expect(body.data.at(-1)?.content).toBe(good)
    const wrong = { agent: 'echo', input: 'x', output_schema: { type: 'nothing' } }
    expect((await stage().call<RunView>('POST', '/v1/runs', wrong)).status).toBe(422)
  })
})
