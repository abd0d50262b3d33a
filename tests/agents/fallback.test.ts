import { describe, expect, test } from 'bun:test'
import { must, type RunView, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import type { Turn } from '../support/provider/turn.ts'

const busy: Turn = { error: { status: 503, message: 'busy' } }

describe.each(engines)('an agent with fallback models on %s', engine => {
  const stage = useStage(engine)
  let made = 0
  /** Models of these turns, in order; the agent is named like the first. */
  const agent = async (models: Turn[][], settings: object = {}) => {
    const names = models.map((turns, index) => {
      const name = `fallback-${engine}-${++made}-${index}`
      stage().provider.script(name, turns)
      return name
    })
    const [name = '', ...others] = names
    const fallback_models = others.map(other => `fake/${other}`)
    const body = { name, model: `fake/${name}`, fallback_models, ...settings }
    await must(201, stage().call('POST', '/v1/agents', body))
    return { name, names }
  }
  const ended = async (name: string) => stage().finished((await stage().run({ agent: name, max_attempts: 2 })).id)
  const failures = async ({ id }: RunView) =>
    (await stage().events(id)).flatMap(({ type, data }) => (type === 'model.failed' ? [data] : []))

  test('asks the next one in the same attempt, and says so in the log and in the usage', async () => {
    const { name, names } = await agent([[busy], [{ error: { status: 401, message: 'key' } }], [{ text: 'here' }]])
    const run = await ended(name)
    expect(run).toMatchObject({ status: 'completed', output: 'here', attempt: 1 })
    expect(await failures(run)).toEqual([
      { step: 1, model: `fake/${names[0]}`, message: 'busy', next: `fake/${names[1]}` },
      { step: 1, model: `fake/${names[1]}`, message: expect.any(String), next: `fake/${names[2]}` },
    ])
    const usage = await must(200, stage().call<{ data: unknown[] }>('GET', `/v1/usage?group_by=model&agent=${name}`))
    expect(usage.body.data).toMatchObject([{ model: `fake/${names[2]}`, model_calls: 1 }])
  })

  test('never lets another model go on with what one has begun to say', async () => {
    const broken: Turn = { text: ['half', ' of it'], error: { message: 'Overloaded', type: 'server_error', after: 1 } }
    const { name, names } = await agent([[broken, { text: 'whole' }], [{ text: 'other' }]])
    const run = await ended(name)
    expect(run).toMatchObject({ status: 'completed', output: 'whole', attempt: 2 })
    expect(await failures(run)).toEqual([])
    expect(stage().provider.requests(names[1])).toHaveLength(0)
  })

  test('is tried again when none of them answers', async () => {
    const { name } = await agent([[busy, { text: 'at last' }], [busy]])
    expect(await ended(name)).toMatchObject({ status: 'completed', output: 'at last', attempt: 2 })
  })

  test('passes over one that there is not', async () => {
    const name = `unknown-${engine}`
    stage().provider.script(name, [{ text: 'known' }])
    const body = { name, model: 'nowhere/at-all', fallback_models: [`fake/${name}`] }
    await must(201, stage().call('POST', '/v1/agents', body))
    expect(await ended(name)).toMatchObject({ status: 'completed', output: 'known' })
  })
})

describe.each(engines)('the settings of an agent and of a run on %s', engine => {
  const stage = useStage(engine)

  test('are sent to its model; a tool that it must call is asked for until one was', async () => {
    const turns: Turn[] = [{ toolCalls: [{ name: 'now', input: {} }] }, { text: 'late' }]
    const name = await stage().agent(turns, {
      tools: ['now'],
      top_p: 0.5,
      stop: ['END'],
      tool_choice: { tool: 'now' },
    })
    const run = await stage().finished((await stage().run({ agent: name })).id)
    expect(run).toMatchObject({ status: 'completed', output: 'late' })
    const sent = stage()
      .provider.requests(name)
      .map(({ record }) => record.body as { top_p?: number; stop?: string[]; tool_choice?: unknown })
    expect(sent[0]).toMatchObject({
      top_p: 0.5,
      stop: ['END'],
      tool_choice: { type: 'function', function: { name: 'now' } },
    })
    expect(sent[1]?.stop).toEqual(['END'])
    expect(sent[1]?.tool_choice).toBeUndefined()
  })

  test('of a run go before those of its agent, one by one', async () => {
    const name = await stage().agent([{ text: 'ok' }], { temperature: 1, max_output_tokens: 100 })
    const settings = { temperature: 0, stop: ['.'] }
    const run = await stage().finished((await stage().run({ agent: name, settings })).id)
    expect(run.status).toBe('completed')
    const [request] = stage().provider.requests(name)
    expect(request?.record.body).toMatchObject({ temperature: 0, max_tokens: 100, stop: ['.'] })
  })

  test('instructions of a run come after those of its agent, and stay off its thread', async () => {
    const name = await stage().agent([{ text: 'ok' }, { text: 'well' }], { instructions: 'Be kind.' })
    const thread_id = await stage().thread()
    for (const settings of [{ instructions: 'Be brief.' }, undefined])
      await stage().finished((await stage().run({ agent: name, thread_id, settings })).id)
    const systems = stage()
      .provider.requests(name)
      .map(({ record }) => {
        const { messages } = record.body as { messages: { role: string; content: unknown }[] } // as it was asked
        return messages.filter(({ role }) => role === 'system').map(({ content }) => content)
      })
    expect(systems).toEqual([['Be kind.\n\nBe brief.'], ['Be kind.']])
  })
})
