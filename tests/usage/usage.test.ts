import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { rollUpUsage } from '../../src/usage/roll-up-usage.ts'
import type { usageToWire } from '../../src/usage/wire.ts'
import { allPages, type Call, must, type PageView, type ProblemView, type RunView, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { openUrl } from '../support/migrated-database.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

type UsageView = ReturnType<typeof usageToWire>

const files = temporaryFiles({ 'prices.json': JSON.stringify({ 'fake/*': { input: 1_000_000, output: 1_000_000 } }) })
afterAll(() => files[Symbol.dispose]())
const today = () => new Date().toISOString().slice(0, 10)

describe.each(engines)('usage on %s', engine => {
  const stage = useStage(engine, { MODEL_PRICES: join(files.path, 'prices.json') })
  const call: Call = (...request) => stage().call(...request)
  const usage = async (query: string) =>
    (await must(200, call<PageView<UsageView>>('GET', `/v1/usage?${query}`))).body.data
  const run = async (agent: string, headers = {}) =>
    (await must(200, call<RunView>('POST', '/v1/runs/wait', { agent, input: 'go' }, headers))).body

  test('counts runs and model calls by agent, model and key, as soon as they have ended', async () => {
    const tool = { toolCalls: [{ name: 'now', input: {} }], usage: { input: 4, output: 1 } }
    const turns = [tool, { text: 'ok', usage: { input: 6, output: 2 } }, { error: { status: 400, message: 'no' } }]
    const agent = await stage().agent(turns, { tools: ['now'] })
    const scopes = ['runs:write', 'runs:read']
    const { body: key } = await must(201, call<{ id: string; key: string }>('POST', '/v1/keys', { name: 'k', scopes }))
    const authorization = `Bearer ${key.key}`
    expect((await run(agent, { authorization })).status).toBe('completed')
    expect((await run(agent)).status).toBe('failed')

    const sum = {
      model_calls: 2,
      input_tokens: 10,
      output_tokens: 3,
      total_tokens: 13,
      cost_usd: 13,
      unpriced_calls: 0,
    }
    expect(await usage(`agent=${agent}`)).toEqual([
      { object: 'usage', day: today(), agent: null, model: null, key: null, runs: 2, failed_runs: 1, ...sum },
    ])
    expect(await usage(`group_by=model&agent=${agent}`)).toMatchObject([
      { day: null, model: `fake/${agent}`, runs: null, failed_runs: null, ...sum },
    ])
    const byKey = await usage(`group_by=key,agent&agent=${agent}`)
    expect(byKey.map(({ key: id, runs, model_calls }) => ({ id, runs, model_calls }))).toEqual(
      expect.arrayContaining([
        { id: key.id, runs: 1, model_calls: 2 },
        { id: 'key_configured', runs: 1, model_calls: 0 },
      ]),
    )
    expect(await usage(`key=${key.id}&group_by=agent`)).toMatchObject([{ agent, runs: 1, failed_runs: 0 }])
  })

  test('stays the same when entries become days', async () => {
    const agent = await stage().agent([{ text: 'a' }, { text: 'b' }])
    await run(agent)
    const { database, close } = await openUrl(stage().database.url)
    const before = await usage(`agent=${agent}`)
    while (await database.transaction(rollUpUsage));
    expect(await usage(`agent=${agent}`)).toEqual(before)
    await run(agent)
    while (await database.transaction(rollUpUsage));
    expect(await usage(`agent=${agent}`)).toMatchObject([{ runs: 2, model_calls: 2 }])
    await close()
  })

  test('a run that is cancelled before it begins is counted, too', async () => {
    const agent = await stage().agent()
    const waiting = await stage().run({ agent, delay_seconds: 3_600 })
    await must(200, call('POST', `/v1/runs/${waiting.id}/cancel`))
    expect(await usage(`agent=${agent}&group_by=agent`)).toMatchObject([{ runs: 1, failed_runs: 0, model_calls: 0 }])
  })

  test('comes in pages, and all at once as CSV', async () => {
    for (const _ of [1, 2, 3]) await run(await stage().agent([{ text: 'x', usage: { input: 1, output: 1 } }]))
    const { items, pages } = await allPages<UsageView>(call, '/v1/usage?group_by=agent&limit=2')
    expect(pages).toBeGreaterThan(1)
    expect(new Set(items.map(({ agent }) => agent)).size).toBe(items.length)

    const response = await stage().service.request('GET', '/v1/usage/csv?group_by=agent')
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const [head, ...lines] = (await response.text()).trim().split('\r\n')
    expect(head).toBe(
      'agent,runs,failed_runs,model_calls,input_tokens,output_tokens,total_tokens,cost_usd,unpriced_calls',
    )
    expect(lines).toHaveLength(items.length)
    const [first] = items
    expect(lines[0]?.split(',').slice(0, 4)).toEqual([
      first?.agent ?? '',
      `${first?.runs}`,
      `${first?.failed_runs}`,
      `${first?.model_calls}`,
    ])
  })

  test('without anything is an empty list', async () => {
    expect(await usage('from=2001-01-01&to=2001-01-02')).toEqual([])
    expect(await usage('from=2001-01-01&to=2001-01-02&group_by=')).toEqual([])
  })

  test('refuses a group that there is not', async () => {
    const { body } = await must(422, call<ProblemView>('GET', '/v1/usage?group_by=colour'))
    expect(body.errors).toMatchObject([{ in: 'query', path: '/group_by' }])
  })
})
