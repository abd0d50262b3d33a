import { describe, expect, test } from 'bun:test'
import { callOf, must, type RunView, useStage } from '../api/stage.ts'
import { createDatabase, engines } from '../support/database.ts'
import { startFakeProvider } from '../support/provider/server.ts'
import { startService } from '../support/service.ts'

const calls = (...agents: [agent: string, input: string][]) => ({
  toolCalls: agents.map(([agent, input]) => ({ name: 'call_agent', input: { agent, input } })),
})
const usage = { input: 5, output: 2 }

describe.each(engines)('an agent that calls agents, on %s', engine => {
  const stage = useStage(engine)
  const ended = async (body: object) => stage().finished((await stage().run(body)).id)
  const results = async (id: string) =>
    (await stage().events(id)).flatMap(({ type, data }) =>
      type === 'tool.result' ? [data as { output: unknown; is_error: boolean; child?: { run_id: string } }] : [],
    )
  const read = async (id = '') => (await must(200, stage().call<RunView>('GET', `/v1/runs/${id}`))).body

  test('waits for their runs without a worker, and goes on with what they answered', async () => {
    const [one, two] = [
      await stage().agent([{ text: 'first', usage }]),
      await stage().agent([{ text: 'second', usage }]),
    ]
    const boss = await stage().agent(
      [
        { ...calls([one, 'look'], [two, 'see']), usage },
        { text: 'both', usage },
      ],
      {
        agents: [one, two],
      },
    )
    const run = await ended({ agent: boss, metadata: { user: 'ana' } })
    expect(run).toMatchObject({ status: 'completed', output: 'both', attempt: 1 })
    const told = await results(run.id)
    expect(told.map(({ output }) => output).toSorted()).toEqual(['first', 'second'])
    const child = await read(told.find(({ output }) => output === 'first')?.child?.run_id)
    expect(child).toMatchObject({ agent: one, input: 'look', parent_run_id: run.id, metadata: { user: 'ana' } })
    // What they took is part of it.
    expect(run.usage).toMatchObject({ input_tokens: 20, output_tokens: 8 })
    expect((await stage().events(run.id)).map(({ type }) => type)).toContain('run.waiting')
    const approvals = await must(200, stage().call<{ data: unknown[] }>('GET', `/v1/approvals?run_id=${run.id}`))
    expect(approvals.body.data).toEqual([])
  })

  test('is told when one of them fails', async () => {
    const broken = await stage().agent([{ error: { status: 400, message: 'no such thing' } }])
    const boss = await stage().agent([calls([broken, 'go']), { text: 'sorry' }], { agents: [broken] })
    const run = await ended({ agent: boss })
    expect(run).toMatchObject({ status: 'completed', output: 'sorry' })
    expect(await results(run.id)).toMatchObject([
      { is_error: true, output: expect.stringMatching(new RegExp(`^Agent ${broken} failed: .*no such thing`)) },
    ])
  })

  test('calls none that it may not, and none that there is not', async () => {
    const other = await stage().agent([{ text: 'never' }])
    const friend = await stage().agent([])
    const boss = await stage().agent([calls([other, 'go']), { text: 'sorry' }], { agents: [friend, 'gone'] })
    const run = await ended({ agent: boss })
    expect(await results(run.id)).toMatchObject([{ is_error: true, output: expect.stringContaining('refused') }])
    expect(stage().provider.requests(other)).toHaveLength(0)
    const alone = await stage().agent([calls(['gone', 'go']), { text: 'sorry' }], { agents: ['gone'] })
    const none = await ended({ agent: alone })
    expect(await results(none.id)).toMatchObject([{ output: 'There is no tool "call_agent".' }])
  })

  test('calls four deep at most', async () => {
    const name = `deep-${engine}`
    stage().provider.script(
      name,
      Array.from({ length: 8 }, (_, level) => (level < 4 ? calls([name, `${level}`]) : { text: 'up' })),
    )
    await must(201, stage().call('POST', '/v1/agents', { name, model: `fake/${name}`, agents: [name] }))
    const run = await ended({ agent: name })
    expect(run).toMatchObject({ status: 'completed', output: 'up' })
    const refused = stage()
      .provider.requests(name)
      .filter(({ record }) => JSON.stringify(record.body).includes('Agents call agents 4 deep at most.'))
    expect(refused).toHaveLength(1)
  })

  test('gives them no more than is left of its own budget', async () => {
    const greedy = await stage().agent(
      [
        { toolCalls: [{ name: 'now' }], usage: { input: 40, output: 10 } },
        { text: 'never', usage },
      ],
      { tools: ['now'] },
    )
    const boss = await stage().agent(
      [{ ...calls([greedy, 'go']), usage: { input: 60, output: 10 } }, { text: 'never' }],
      {
        agents: [greedy],
      },
    )
    const run = await ended({ agent: boss, budget: { max_tokens: 100 } })
    const [told] = await results(run.id)
    const child = await read(told?.child?.run_id)
    expect(child).toMatchObject({ status: 'failed', error: { code: 'budget_exceeded' } })
    expect(told).toMatchObject({ is_error: true, output: expect.stringContaining('50 of 30 tokens') })
    // What the child took has used it up.
    expect(run).toMatchObject({ status: 'failed', error: { code: 'budget_exceeded' }, usage: { total_tokens: 120 } })
  })

  test('takes them along when it is cancelled', async () => {
    const slow = await stage().agent([{ text: ['a', 'b'], hold: true }])
    const boss = await stage().agent([calls([slow, 'go']), { text: 'never' }], { agents: [slow] })
    const { id } = await stage().run({ agent: boss })
    const exchange = await stage().provider.request(slow, 1)
    const waiting = (await stage().events(id)).find(({ type }) => type === 'run.waiting')
    const [child] = (waiting?.data as { runs: { run_id: string }[] } | undefined)?.runs ?? []
    await must(200, stage().call('POST', `/v1/runs/${id}/cancel`))
    expect(await stage().finished(child?.run_id ?? '')).toMatchObject({ status: 'cancelled' })
    exchange.release()
  })
})

test.each(engines)('a call of another agent on %s survives the death of the process', async engine => {
  await using database = await createDatabase(engine)
  const provider = await startFakeProvider()
  const env = { DATABASE_URL: database.url, FAKE_BASE_URL: provider.baseUrl, LEASE_SECONDS: '5' }
  provider.script('helper', [{ text: ['half', ' of it'], hold: true }, { text: 'all of it' }])
  provider.script('boss', [calls(['helper', 'go']), { text: 'done' }])
  await using first = await startService({ env })
  const make = (name: string, more: object = {}) =>
    must(201, callOf(first)('POST', '/v1/agents', { name, model: `fake/${name}`, ...more }))
  await make('helper')
  await make('boss', { agents: ['helper'] })
  const { id } = (await must(202, callOf(first)<RunView>('POST', '/v1/runs', { agent: 'boss', input: 'go' }))).body
  await provider.request('helper', 1)
  await first.stop('SIGKILL')

  await using second = await startService({ env })
  const run = (await must(200, callOf(second)<RunView>('GET', `/v1/runs/${id}/wait`))).body
  expect(run).toMatchObject({ status: 'completed', output: 'done', attempt: 1 })
  expect(provider.requests('boss')).toHaveLength(2)
  expect(JSON.stringify(provider.requests('boss')[1]?.record.body)).toContain('all of it')
  await provider.stop()
})
