import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { engines } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { type RunView, type Stage, useStage } from './stage.ts'

const folder = temporaryFiles({
  'prices.json': JSON.stringify({ 'fake/*': { input: 2, output: 10 } }),
  'wrong.json': JSON.stringify({ gpt: { input: 1, output: 1 } }),
})
afterAll(() => folder[Symbol.dispose]())

const costsInEvents = async (stage: Stage, { id }: RunView) =>
  (await stage.events(id)).flatMap(({ type, data }) =>
    // Safe: both kinds of event have it, and a test fails where they do not.
    /completed$/.test(type) ? [(data as Pick<RunView, 'usage'>).usage?.cost_usd] : [],
  )

describe.each(engines)('the cost of a run on %s', engine => {
  const stage = useStage(engine, { MODEL_PRICES: join(folder.path, 'prices.json') })
  const usage = { input: 100_000, output: 10_000 }

  test('is that of its model calls, in the run, its events and the metrics', async () => {
    const agent = await stage().agent([{ text: 'hello', usage }])
    const run = await stage().finished((await stage().run({ agent })).id)
    expect(run.usage).toEqual({ input_tokens: 100_000, output_tokens: 10_000, total_tokens: 110_000, cost_usd: 0.3 })
    expect(await costsInEvents(stage(), run)).toEqual([0.3, 0.3])
    const metrics = await (await stage().service.request('GET', '/metrics')).text()
    expect(metrics).toContain(`bunkhouse_model_cost_usd_total{agent="${agent}",provider="fake",model="${agent}"} 0.3\n`)
  })

  test('keeps what earlier attempts have paid for', async () => {
    const toolCalls = [{ name: 'none', input: {} }]
    const broken = { error: { message: 'busy', status: 503 } }
    const agent = await stage().agent([{ toolCalls, usage }, broken, { text: 'hello', usage }])
    const run = await stage().finished((await stage().run({ agent })).id)
    expect([run.status, run.attempt, run.usage.cost_usd]).toEqual(['completed', 2, 0.6])
  })

  test('of the built-in model is nothing, as is that of a run that has not begun', async () => {
    const waiting = await stage().run({ delay_seconds: 60 })
    expect(waiting.usage.cost_usd).toBe(0)
    expect((await stage().finished((await stage().run()).id)).usage.cost_usd).toBe(0)
    const cancelled = await stage().call<RunView>('POST', `/v1/runs/${waiting.id}/cancel`)
    expect(cancelled.body.usage.cost_usd).toBe(0)
  })
})

describe('without a price', () => {
  const stage = useStage('sqlite')

  test('the cost of a run is not known', async () => {
    const agent = await stage().agent([{ text: 'hello' }])
    const run = await stage().finished((await stage().run({ agent })).id)
    expect(run.usage.cost_usd).toBeNull()
    expect(await costsInEvents(stage(), run)).toEqual([null, null])
    expect(await (await stage().service.request('GET', '/metrics')).text()).not.toContain(
      `bunkhouse_model_cost_usd_total{agent="${agent}"`,
    )
  })
})

test('a file of prices that is wrong keeps the service from starting, and says why', async () => {
  const started = startService({ env: { MODEL_PRICES: join(folder.path, 'wrong.json') } })
  await expect(started).rejects.toThrow(/MODEL_PRICES is wrong in .*wrong\.json: .*gpt.* is no provider\/model/)
})
