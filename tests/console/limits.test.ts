import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { budgetToWire } from '../../src/budgets/budget-wire.ts'
import { must, type PageView, type Stage, startStage } from '../api/stage.ts'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { accessFaults, openConsole } from './stage.ts'

setDefaultTimeout(60_000)

type BudgetView = ReturnType<typeof budgetToWire>

describe.skipIf(!hasBrowser)('what is limited in the console', () => {
  let stage: Stage
  let browser: TestBrowser
  beforeAll(async () => {
    stage = await startStage('sqlite')
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })
  const budgets = async () => (await must(200, stage.call<PageView<BudgetView>>('GET', '/v1/budgets'))).body.data

  test('a budget is made, refused with a reason, changed, spent from and deleted', async () => {
    await using page = await openConsole(browser, stage.service, '/usage')
    await page.getByRole('button', { name: 'New budget' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Which one').fill('echo')
    await dialog.getByLabel('Model calls').fill('10')
    await dialog.getByLabel('Time zone').fill('Mars/Olympus')
    expect(await accessFaults(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Create' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Time zone').fill('Asia/Shanghai')
    await dialog.getByRole('button', { name: 'Create' }).click()
    await page.getByText('Model calls: 0 of 10').waitFor()
    expect(await budgets()).toMatchObject([
      { scope: 'agent', subject: 'echo', period: 'day', timezone: 'Asia/Shanghai', limits: { max_steps: 10 } },
    ])
    await stage.finished((await stage.run()).id)
    await page.getByText('Model calls: 1 of 10').waitFor()
    await page.getByRole('button', { name: 'Change' }).click()
    await dialog.getByLabel('Model calls').fill('20')
    await dialog.getByLabel('Tokens').fill('5000')
    await dialog.getByLabel('US dollars').fill('0,50')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('This is no number above 0').waitFor()
    await dialog.getByLabel('US dollars').fill('0.50')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Model calls: 1 of 20').waitFor()
    expect(await budgets()).toMatchObject([{ limits: { max_steps: 20, max_tokens: 5_000, max_cost_usd: 0.5 } }])
    await page.getByRole('button', { name: 'Delete' }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('There is no budget.').waitFor()
    expect(await budgets()).toEqual([])
    expect(page.faults.filter(fault => !fault.includes('422'))).toEqual([])
  })

  test('a queue is limited, and limited no more', async () => {
    await using page = await openConsole(browser, stage.service, '/jobs')
    const limits = async () => (await must(200, stage.call<{ limits: object }>('GET', '/v1/queues/runs'))).body.limits
    const card = page.locator('.card', { has: page.getByRole('heading', { name: 'runs', exact: true }) })
    await card.getByRole('button', { name: 'Limit' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Jobs at a time', { exact: true }).fill('3')
    await dialog.getByLabel('Starts in a time', { exact: true }).fill('50')
    await dialog.getByLabel('Starts in a time: seconds').fill('0.5')
    await dialog.getByLabel('Unfinished jobs').fill('1000')
    expect(await accessFaults(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Save' }).click()
    await card.getByText('concurrency: 3').waitFor()
    expect(await limits()).toEqual({
      concurrency: 3,
      key_concurrency: null,
      rate: { limit: 50, period_seconds: 0.5 },
      key_rate: null,
      depth: 1_000,
    })
    await card.getByRole('button', { name: 'Limit' }).click()
    for (const label of ['Jobs at a time', 'Starts in a time', 'Unfinished jobs'])
      await dialog.getByLabel(label, { exact: true }).fill('')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await card.getByText('concurrency: 3').waitFor({ state: 'detached' })
    expect(new Set(Object.values(await limits()))).toEqual(new Set([null]))
    expect(page.faults).toEqual([])
  })
})
