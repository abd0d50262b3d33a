import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { budgetToWire } from '../../src/budgets/budget-wire.ts'
import { type Call, must, type ProblemView, type RunView, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import type { Turn } from '../support/provider/turn.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { startReceiver } from '../webhooks/receiver.ts'
import { makeWebhook, nearby } from '../webhooks/views.ts'

type BudgetView = ReturnType<typeof budgetToWire>

// A dollar for each token, so that sums can be read.
const prices = { 'fake/*': { input: 1_000_000, output: 1_000_000 } }
const files = temporaryFiles({ 'prices.json': JSON.stringify(prices) })

const turn = (tokens: number, more: Turn = { text: 'ok' }): Turn => ({ ...more, usage: { input: tokens, output: 0 } })
const toolTurn = (tokens: number): Turn => turn(tokens, { toolCalls: [{ name: 'now', input: {} }] })

describe.each(engines)('budgets on %s', engine => {
  const stage = useStage(engine, { ...nearby, MODEL_PRICES: join(files.path, 'prices.json') })
  const call: Call = (...request) => stage().call(...request)
  const budget = async (body: object) => (await must(201, call<BudgetView>('POST', '/v1/budgets', body))).body
  const read = async (id: string) => (await must(200, call<BudgetView>('GET', `/v1/budgets/${id}`))).body
  const run = async (body: object) => {
    const { body: made } = await must(200, call<RunView>('POST', '/v1/runs/wait', { input: 'go', ...body }))
    return made
  }
  const warnings = async (id: string) =>
    (await stage().events(id)).filter(({ type }) => type === 'budget.warning').map(({ data }) => data)

  test('a run stops before the model call that its own ceiling forbids, and is not tried again', async () => {
    const agent = await stage().agent([toolTurn(1), toolTurn(1), toolTurn(1)], { tools: ['now'] })
    const ended = await run({ agent, budget: { max_steps: 2 } })
    expect(ended).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'budget_exceeded', message: '2 of 2 model calls are used up in the budget of the run.' },
      usage: { total_tokens: 2 },
    })
    expect(stage().provider.requests(agent)).toHaveLength(2)
  })

  test('a run says in its log that most of its own budget is used, once', async () => {
    const agent = await stage().agent([toolTurn(85), toolTurn(5), turn(5)], { tools: ['now'] })
    const ended = await run({ agent, budget: { max_tokens: 100 } })
    expect(ended.status).toBe('completed')
    expect(await warnings(ended.id)).toEqual([
      { budget_id: null, message: '85 of 100 tokens are used in the budget of the run.' },
    ])
  })

  test('an agent limits each of its runs, and a run may be given another limit', async () => {
    const turns = [toolTurn(1), toolTurn(1), toolTurn(1), turn(1)]
    const agent = await stage().agent(turns, { tools: ['now'], budget: { max_steps: 1 } })
    expect((await run({ agent })).error?.code).toBe('budget_exceeded')
    expect((await run({ agent, budget: { max_steps: 9 } })).status).toBe('completed')
  })

  test('runs of an agent keep to its budget together; who watches is warned once and told once', async () => {
    using receiver = startReceiver()
    const agent = await stage().agent([turn(50), toolTurn(40), turn(30), turn(1)], {
      tools: ['now'],
      max_output_tokens: 10,
    })
    await makeWebhook(call, { url: receiver.url, events: ['budget.*'], agents: [agent] })
    const { id } = await budget({ scope: 'agent', subject: agent, period: 'day', limits: { max_tokens: 100 } })
    expect((await run({ agent })).status).toBe('completed')
    expect((await read(id)).current).toMatchObject({
      spent: { tokens: 50, steps: 1 },
      reserved: { tokens: 0, steps: 0 },
    })
    const second = await run({ agent })
    // 90 are taken when its second call begins: it passes the ceiling by less than it has reserved.
    expect(second.status).toBe('completed')
    expect(await warnings(second.id)).toEqual([
      { budget_id: id, message: `90 of 100 tokens are used in the budget of agent ${agent} for the day.` },
    ])
    for (const _ of [1, 2]) {
      expect(await run({ agent })).toMatchObject({
        status: 'failed',
        error: {
          code: 'budget_exceeded',
          message: `120 of 100 tokens are used up in the budget of agent ${agent} for the day.`,
        },
      })
    }
    // Deliveries of different events keep no order.
    const told = new Map((await receiver.count(2)).map(({ body }) => [body.type, body.data]))
    expect([told.get('budget.warning')?.id, told.get('budget.exceeded')?.id]).toEqual([id, id])
    expect(told.get('budget.exceeded')).toMatchObject({ current: { spent: { tokens: 120, cost_usd: 120 } } })
    // More room: it goes on.
    await must(200, call('PATCH', `/v1/budgets/${id}`, { limits: { max_tokens: 1_000 } }))
    expect((await run({ agent })).status).toBe('completed')
  })

  test('money holds where the price is known, and nothing is called where it is not', async () => {
    const priced = await stage().agent([turn(3), turn(3)], { max_output_tokens: 1 })
    await budget({ scope: 'agent', subject: priced, limits: { max_cost_usd: 2.5 } })
    expect((await run({ agent: priced })).usage.cost_usd).toBe(3)
    expect((await run({ agent: priced })).error?.message).toContain('3 of 2.5 US dollars are used up')

    await must(201, call('POST', '/v1/agents', { name: `unpriced-${engine}`, model: 'ollama/whatever' }))
    const refused = await run({ agent: `unpriced-${engine}`, budget: { max_cost_usd: 1 } })
    expect(refused.error).toEqual({
      code: 'budget_exceeded',
      message: 'A budget in money holds, and the price of ollama/whatever is not known. MODEL_PRICES adds prices.',
    })
  })

  test('a thread, a key and a tenant have budgets of their own', async () => {
    const [one, other] = [await stage().thread(), await stage().thread()]
    await budget({ scope: 'thread', subject: one, limits: { max_steps: 1 } })
    expect((await run({ agent: 'echo', thread_id: one })).status).toBe('completed')
    expect((await run({ agent: 'echo', thread_id: one })).error?.message).toContain(`the budget of thread ${one}`)
    expect((await run({ agent: 'echo', thread_id: other })).status).toBe('completed')

    const scopes = ['runs:write', 'runs:read']
    const { body: key } = await must(201, call<{ id: string; key: string }>('POST', '/v1/keys', { name: 'k', scopes }))
    await budget({ scope: 'key', subject: key.id, limits: { max_steps: 1 } })
    const own = { authorization: `Bearer ${key.key}` }
    const byKey = () => call<RunView>('POST', '/v1/runs/wait', { agent: 'echo', input: 'go' }, own)
    expect((await must(200, byKey())).body.status).toBe('completed')
    expect((await must(200, byKey())).body.error?.code).toBe('budget_exceeded')
    expect((await run({ agent: 'echo' })).status).toBe('completed')

    const whole = await budget({ scope: 'tenant', limits: { max_seconds: 0.000_001 } })
    const slow = await stage().agent([{ text: ['a', 'b'], delayMs: 20, usage: { input: 1, output: 1 } }])
    expect((await run({ agent: slow })).status).toBe('completed')
    expect((await run({ agent: slow })).error?.message).toContain('seconds are used up in the budget of the tenant')
    await must(204, call('DELETE', `/v1/budgets/${whole.id}`))
    expect((await run({ agent: slow })).status).toBe('completed')
  })

  test('a call that fails gives back what was reserved for it', async () => {
    const agent = await stage().agent([{ error: { status: 400, message: 'no' } }, turn(7)])
    const { id } = await budget({ scope: 'agent', subject: agent, limits: { max_tokens: 1_000 } })
    expect((await run({ agent })).error?.code).toBe('provider_error')
    const { current } = await read(id)
    expect(current.reserved).toEqual({ tokens: 0, cost_usd: 0, steps: 0 })
    expect(current.spent.tokens).toBe(0)
    expect((await run({ agent })).usage.total_tokens).toBe(7)
    expect((await read(id)).current.spent.tokens).toBe(7)
  })

  test('a call under a budget in tokens is told how long its answer may be', async () => {
    const agent = await stage().agent([turn(1), turn(1)])
    await run({ agent })
    await budget({ scope: 'agent', subject: agent, limits: { max_tokens: 1_000 } })
    await run({ agent })
    const limits = stage()
      .provider.requests(agent)
      .map(({ record }) => (record.body as { max_tokens?: number }).max_tokens)
    expect(limits).toEqual([undefined, 8_192])
  })

  test.each([
    [{ scope: 'agent', limits: { max_steps: 1 } }, '/subject'],
    [{ scope: 'tenant', subject: 'x', limits: { max_steps: 1 } }, '/subject'],
    [{ scope: 'tenant', limits: {} }, '/limits'],
    [{ scope: 'tenant', limits: { max_tokens: 0 } }, '/limits/max_tokens'],
    [{ scope: 'tenant', limits: { max_steps: 1 }, period: 'day', timezone: 'Europe/Atlantis' }, '/timezone'],
    [{ scope: 'planet', limits: { max_steps: 1 } }, '/scope'],
  ])('refuses %j', async (body, path) => {
    const { body: problem } = await must(422, call<ProblemView>('POST', '/v1/budgets', body))
    expect(problem.errors?.map(error => error.path)).toContain(path)
  })
})
