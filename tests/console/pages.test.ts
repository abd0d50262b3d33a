import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { freePort } from '../../scripts/services/free-port.ts'
import { callOf, must, type RunView, type Stage, startStage } from '../api/stage.ts'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { createDatabase } from '../support/database.ts'
import { startFakeProvider } from '../support/provider/server.ts'
import { startService } from '../support/service.ts'
import { accessFaults, openConsole } from './stage.ts'

setDefaultTimeout(60_000)

describe.skipIf(!hasBrowser)('the console in a browser', () => {
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

  test('talks to an agent, and shows what it has done', async () => {
    const agent = await stage.agent([{ reasoning: 'Hm.', text: ['Hello ', 'there'] }])
    await using page = await openConsole(browser, stage.service, `/playground?agent=${agent}`)
    await page.getByLabel('Message').fill('go')
    await page.keyboard.press('Enter')
    await page.getByText('Hello there').waitFor()
    await page.getByRole('link', { name: /^Run / }).click()
    await page.getByText('What happened').waitFor()
    await page.getByText('Hm.').waitFor()
    expect(await page.locator('.said').textContent()).toBe('Hello there')
    await page.getByRole('tab', { name: 'Event log' }).click()
    await page.getByText('run.completed').waitFor()
    expect(page.faults).toEqual([])
  })

  test('shows a run from its start to its end, across a service that was killed meanwhile', async () => {
    await using database = await createDatabase('sqlite')
    const provider = await startFakeProvider()
    const text = ['one ', 'two ', 'three']
    provider.script('m', [
      { text, hold: true },
      { text, hold: true },
    ])
    const port = freePort()
    const env = {
      DATABASE_URL: database.url,
      FAKE_BASE_URL: provider.baseUrl,
      LEASE_SECONDS: '5',
      PORT: String(port),
    }
    const first = await startService({ env })
    await must(201, callOf(first)('POST', '/v1/agents', { name: 'm', model: 'fake/m' }))
    const run = await must(202, callOf(first)<RunView>('POST', '/v1/runs', { agent: 'm', input: 'go' }))
    await using page = await openConsole(browser, first, `/runs/${run.body.id}`)
    ;(await provider.request('m', 1)).release(1)
    await page.getByText('one').waitFor()
    await first.stop('SIGKILL')
    await first[Symbol.asyncDispose]()
    await page.getByText('The connection was lost').waitFor()
    await using second = await startService({ env })
    ;(await provider.request('m', 2)).release(text.length)
    await page.locator('.said', { hasText: 'one two three' }).waitFor()
    await page.getByText('completed').first().waitFor()
    expect(await page.locator('.said').allTextContents()).toEqual(['one two three'])
    expect(second.url).toBe(first.url)
    await provider.stop()
  })

  test('asks for a key again where the session has ended, and goes on where one was', async () => {
    const { body } = await must(
      201,
      stage.call<{ id: string; key: string }>('POST', '/v1/keys', { name: 'short', scopes: ['admin'] }),
    )
    await using page = await openConsole(browser, { url: stage.service.url, key: body.key }, '/runs')
    await page.getByRole('heading', { name: 'Runs' }).waitFor()
    await must(204, stage.call('DELETE', `/v1/keys/${body.id}`))
    await page.getByText('Your session has ended').waitFor()
    await page.getByLabel('Key').fill(stage.service.key)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Runs' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Key').waitFor()
  })

  test('has a call approved', async () => {
    const tool = {
      name: 'visit',
      description: 'Looks.',
      input_schema: { type: 'object' },
      http: { url: 'https://example.com/never' },
      approval: {},
    }
    const turns = [{ toolCalls: [{ name: 'visit', input: { at: 'noon' } }] }, { text: 'I did not.' }]
    const agent = await stage.agent(turns, { tools: [tool] })
    const { id } = await stage.run({ agent, input: 'go' })
    await using page = await openConsole(browser, stage.service, '/approvals')
    await page.getByText('"at": "noon"').waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByLabel('Why not?').fill('too far')
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByText('Nothing waits for a person').waitFor()
    expect(await stage.finished(id)).toMatchObject({ status: 'completed', output: 'I did not.' })
  })

  test('goes everywhere by the keyboard, in both languages and colours, and fits a phone', async () => {
    const viewport = { width: 390, height: 800 }
    await using page = await openConsole(browser, stage.service, '', { locale: 'zh-CN', viewport, colorScheme: 'dark' })
    await page.getByRole('heading', { name: '概览' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.getByRole('heading', { name: '运行', exact: true }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('searchbox').fill('试用')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '试用' }).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN')
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: '菜单' }).click()
    await page.getByLabel('语言').selectOption('en')
    await page.getByRole('heading', { name: 'Playground' }).waitFor()
    expect(page.faults).toEqual([])
  })

  test('loads little before its first page', async () => {
    await using page = await browser.open(`${stage.service.url}/console`)
    await page.getByLabel('Key').waitFor()
    const bytes = await page.evaluate<number>(
      `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
    )
    expect(bytes).toBeGreaterThan(50_000)
    expect(bytes).toBeLessThan(250_000)
  })

  test('has nothing that axe finds', async () => {
    await stage.finished((await stage.run()).id)
    for (const path of ['', '/runs', '/playground', '/approvals']) {
      await using page = await openConsole(browser, stage.service, path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect({ path, faults: await accessFaults(page) }).toEqual({ path, faults: [] })
    }
  })
})
