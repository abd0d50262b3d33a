import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { must, type RunView, type Stage, startStage } from '../api/stage.ts'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { accessFaults, openConsole } from './stage.ts'

setDefaultTimeout(60_000)

describe.skipIf(!hasBrowser)('runs in the console', () => {
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
  const finished = async (body: object) => stage.finished((await stage.run(body)).id)
  const read = async (id: string) => (await must(200, stage.call<RunView>('GET', `/v1/runs/${id}`))).body

  test('are found by text, id, metadata, error and thread, and a link shows the same', async () => {
    const broken = await stage.agent([{ error: { status: 400, message: 'no such model' } }])
    const thread_id = await stage.thread()
    const parcel = await finished({ input: 'Where is my parcel?', metadata: { order: 1042 }, thread_id })
    const failed = await finished({ agent: broken, input: 'Break.' })
    await finished({ input: 'Something else.' })
    await using page = await openConsole(browser, stage.service, '/runs')
    const shows = (id: string) => page.locator('.table-row:only-child', { hasText: id }).waitFor()
    const find = page.getByLabel('Find by id or text')
    await find.fill('my parcel')
    await page.getByRole('button', { name: 'Find' }).click()
    await shows(parcel.id)
    expect(new URL(page.url()).search).toBe('?contains=my+parcel')
    await find.fill(failed.id.slice(0, 34))
    await page.keyboard.press('Enter')
    await shows(failed.id)
    await find.fill('nobody says this')
    await page.keyboard.press('Enter')
    await page.getByText('No run fits').waitFor()
    await find.fill('')
    await page.keyboard.press('Enter')
    await page.getByText('More filters').click()
    await page.getByLabel('Error code').selectOption('provider_error')
    await shows(failed.id)
    await page.getByLabel('Error code').selectOption('')
    await page.getByLabel('Metadata').fill('order=1042')
    await page.keyboard.press('Enter')
    await shows(parcel.id)
    await page.getByLabel('Thread').fill(thread_id)
    await page.keyboard.press('Enter')
    await page.getByLabel('Made before').fill('2020-01-01T00:00')
    await page.getByText('No run fits').waitFor()
    await page.getByLabel('Made before').fill('')
    await shows(parcel.id)
    expect(await accessFaults(page)).toEqual([])
    await page.reload()
    await shows(parcel.id)
    expect(await page.getByLabel('Metadata').inputValue()).toBe('order=1042')
    await find.fill(failed.id)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: failed.id }).waitFor()
    expect(page.faults).toEqual([])
  })

  test('what cannot be asked for is told with its request id', async () => {
    await using page = await openConsole(browser, stage.service, '/runs?metadata=nothing')
    await page.getByText('Request id').waitFor()
    await page.getByLabel('Metadata').fill('order=1')
    await page.keyboard.press('Enter')
    await page.getByText('No run fits').waitFor()
  })

  test('show each step with what went in and out, its time and its tokens', async () => {
    const usage = { input: 120, output: 7 }
    const agent = await stage.agent([{ toolCalls: [{ name: 'now', input: {} }], usage }, { text: 'Noon.' }], {
      tools: ['now'],
    })
    const run = await finished({ agent, input: 'What time is it?' })
    await using page = await openConsole(browser, stage.service, `/runs/${run.id}`)
    await page.getByText('Noon.').first().waitFor()
    const heads = await page.locator('.entry-head').allTextContents()
    expect(heads).toHaveLength(3)
    expect(heads[0]).toMatch(/^Model fake\/agent-\d+ · \+\d+ ms · Took \d+ ms · 120 \+ 7 Tokens$/)
    expect(heads[1]).toMatch(/^Tool now · \+\d+ ms · Took \d+ ms$/)
    await page.getByRole('tab', { name: 'Event log' }).click()
    await page.getByText('run.completed').waitFor()
    expect(await page.locator('.log li').count()).toBe((await stage.events(run.id)).length)
    expect(await accessFaults(page)).toEqual([])
    expect(page.faults).toEqual([])
  })

  test('lead from a call of another agent to its run and back', async () => {
    const helper = await stage.agent([{ text: 'I have helped.' }], { description: 'Helps.' })
    const agent = await stage.agent(
      [{ toolCalls: [{ name: 'call_agent', input: { agent: helper, input: 'help' } }] }, { text: 'It is done.' }],
      { agents: [helper] },
    )
    const run = await finished({ agent, input: 'go' })
    await using page = await openConsole(browser, stage.service, `/runs/${run.id}`)
    await page.getByText('Done by').getByRole('link').click()
    await page.getByText('I have helped.').first().waitFor()
    await page.getByRole('link', { name: run.id }).click()
    await page.getByText('It is done.').first().waitFor()
  })

  test('are tried again as they were, and run again with another input, on their thread', async () => {
    const thread_id = await stage.thread()
    const agent = await stage.agent([{ error: { status: 400, message: 'no' } }, { text: 'Better.' }, { text: 'Best.' }])
    const failed = await finished({ agent, input: 'try', thread_id, metadata: { order: 7 } })
    await using page = await openConsole(browser, stage.service, `/runs/${failed.id}`)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Better.').first().waitFor()
    const second = await read(page.url().slice(-36))
    expect(second).toMatchObject({ input: 'try', thread_id, metadata: { order: 7, again: failed.id } })
    await page.getByRole('button', { name: 'Run again' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Input').fill('try harder')
    await dialog.getByLabel(/On the same thread/).check()
    expect(await accessFaults(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Run again' }).click()
    await page.getByText('Best.').first().waitFor()
    expect(await read(page.url().slice(-36))).toMatchObject({ input: 'try harder', thread_id, status: 'completed' })
  })

  test('of messages are run again as JSON, and what is no JSON is told', async () => {
    const run = await finished({ input: [{ role: 'user', content: 'one' }] })
    await using page = await openConsole(browser, stage.service, `/runs/${run.id}`)
    await page.getByRole('button', { name: 'Run again' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Input').fill('[{')
    await dialog.getByRole('button', { name: 'Run again' }).click()
    await dialog.getByText('That is not JSON').waitFor()
    await dialog.getByLabel('Input').fill('[{"role":"user","content":"two"}]')
    await dialog.getByRole('button', { name: 'Run again' }).click()
    await page.locator('.said', { hasText: 'two' }).waitFor()
    expect(page.faults).toEqual([])
  })

  test('are cancelled, and have a link that others can open', async () => {
    const run = await stage.run({ delay_seconds: 3_600 })
    await using page = await openConsole(browser, stage.service, `/runs/${run.id}`)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy link' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(
      `${stage.service.url}/console/runs/${run.id}`,
    )
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).last().click()
    await page.getByText('cancelled').first().waitFor()
    expect((await read(run.id)).status).toBe('cancelled')
  })
})
