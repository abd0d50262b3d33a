import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { budgetToWire } from '../../src/budgets/budget-wire.ts'
import { callOf, must, type RunView } from '../api/stage.ts'
import { createDatabase, type Engine, engines } from '../support/database.ts'
import { startFakeProvider } from '../support/provider/server.ts'
import { startService } from '../support/service.ts'

setDefaultTimeout(120_000)

type BudgetView = ReturnType<typeof budgetToWire>

/** Of one call: below what is reserved for it, which is its prompt's bytes by three and its longest answer. */
const taken = { input: 10, output: 20 }
const most = { reserved: 60, limit: 600 }

async function open(engine: Engine) {
  const database = await createDatabase(engine)
  const provider = await startFakeProvider()
  const env = { DATABASE_URL: database.url, FAKE_BASE_URL: provider.baseUrl, LEASE_SECONDS: '5' }
  const first = await startService({ env })
  const services = [first]
  return {
    provider,
    env,
    services,
    call: callOf(first),
    async [Symbol.asyncDispose]() {
      for (const service of services) await service[Symbol.asyncDispose]()
      await provider.stop()
      await database[Symbol.asyncDispose]()
    },
  }
}

describe.each([
  ['sqlite', 1],
  ['postgres', 2],
] as const)('on %s, with %i processes', (engine, processes) => {
  test('runs that begin at once pass a budget by no more than one reservation', async () => {
    await using opened = await open(engine)
    const { provider, services, call, env } = opened
    provider.script('m', [{ text: 'ok', usage: taken }], { repeat: true })
    await must(201, call('POST', '/v1/agents', { name: 'a', model: 'fake/m', max_output_tokens: 20 }))
    const body = { scope: 'agent', subject: 'a', limits: { max_tokens: most.limit } }
    const { body: budget } = await must(201, call<BudgetView>('POST', '/v1/budgets', body))
    // They know of it from their start on.
    for (let count = 1; count < processes; count++) services.push(await startService({ env }))
    const runs = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const service = services[index % services.length]
        if (!service) throw new Error('There is no process.')
        const run = { agent: 'a', input: 'hello' }
        return (await must(200, callOf(service)<RunView>('POST', '/v1/runs/wait', run))).body
      }),
    )
    const completed = runs.filter(({ status }) => status === 'completed')
    const refused = runs.filter(({ error }) => error?.code === 'budget_exceeded')
    expect(completed.length + refused.length).toBe(60)
    const { body: after } = await must(200, call<BudgetView>('GET', `/v1/budgets/${budget.id}`))
    expect(after.current).toMatchObject({
      spent: { tokens: completed.length * (taken.input + taken.output), steps: completed.length },
      reserved: { tokens: 0, steps: 0 },
    })
    // All of it can be had, and no more than one call's share beyond.
    expect(after.current.spent.tokens).toBeGreaterThan(most.limit / 2)
    expect(after.current.spent.tokens).toBeLessThan(most.limit + most.reserved)
  })
})

describe.each(engines)('on %s', engine => {
  test('what a killed process had reserved is taken over by the next attempt, and charged once', async () => {
    await using opened = await open(engine)
    const { provider, services, call, env } = opened
    provider.script('m', [
      { text: 'lost', hang: 'headers' },
      { text: 'ok', usage: { input: 5, output: 2 } },
    ])
    await must(201, call('POST', '/v1/agents', { name: 'a', model: 'fake/m' }))
    const body = { scope: 'tenant', limits: { max_steps: 100 } }
    const { body: budget } = await must(201, call<BudgetView>('POST', '/v1/budgets', body))
    const { body: run } = await must(202, call<RunView>('POST', '/v1/runs', { agent: 'a', input: 'go' }))
    await provider.request('m', 1)
    const during = await must(200, call<BudgetView>('GET', `/v1/budgets/${budget.id}`))
    expect(during.body.current).toMatchObject({ spent: { steps: 0 }, reserved: { steps: 1 } })
    await services[0]?.stop('SIGKILL')

    const next = await startService({ env })
    services.push(next)
    const later = callOf(next)
    const { body: ended } = await must(200, later<RunView>('GET', `/v1/runs/${run.id}/wait`))
    expect(ended).toMatchObject({ status: 'completed', attempt: 2 })
    const { body: after } = await must(200, later<BudgetView>('GET', `/v1/budgets/${budget.id}`))
    expect(after.current).toMatchObject({ spent: { tokens: 7, steps: 1 }, reserved: { tokens: 0, steps: 0 } })
  })
})

test.each(engines)(
  'on %s, a call whose provider says nothing of tokens is charged what was reserved for it',
  async engine => {
    await using opened = await open(engine)
    const { provider, call } = opened
    provider.script('m', [{ text: 'ok', usage: { input: 0, output: 0 } }])
    await must(201, call('POST', '/v1/agents', { name: 'a', model: 'fake/m', max_output_tokens: 500 }))
    const body = { scope: 'tenant', limits: { max_tokens: 10_000 } }
    const { body: budget } = await must(201, call<BudgetView>('POST', '/v1/budgets', body))
    await must(200, call<RunView>('POST', '/v1/runs/wait', { agent: 'a', input: 'go' }))
    const { body: after } = await must(200, call<BudgetView>('GET', `/v1/budgets/${budget.id}`))
    expect(after.current.reserved?.tokens).toBe(0)
    expect(after.current.spent.tokens).toBeGreaterThan(500)
  },
)
