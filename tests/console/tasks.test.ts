import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import type { Route } from 'playwright-core'
import { must, type Stage, startStage, type ThreadView } from '../api/stage.ts'
import { hasBrowser, startBrowser, type TestBrowser, type TestPage } from '../support/browser.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { accessFaults, openConsole } from './stage.ts'

setDefaultTimeout(60_000)

const jobs = {
  'jobs/fails.ts': `import { defineJob, NonRetryable } from 'bunkhouse'
export default defineJob({ name: 'fails', queue: 'failing', input: { type: 'object' }, run: () => { throw new NonRetryable('it broke') } })
`,
}

describe.skipIf(!hasBrowser)('what is done in the console', () => {
  const files = temporaryFiles(jobs)
  let stage: Stage
  let browser: TestBrowser
  beforeAll(async () => {
    stage = await startStage('sqlite', {
      JOBS_DIR: join(files.path, 'jobs'),
      BACKUP_TO: join(files.path, 'backups'),
      BUNKHOUSE_SECRET_KEY: 'a secret key of thirty-two bytes',
    })
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
    files[Symbol.dispose]()
  })
  const confirm = async (page: TestPage, name: string) => {
    await page.getByRole('button', { name, exact: true }).first().click()
    await page.getByRole('dialog').getByRole('button', { name, exact: true }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }

  test('an agent is made, talked to, changed, compared, rolled back and deleted', async () => {
    stage.provider.script('made', [{ text: 'I am here.' }])
    await using page = await openConsole(browser, stage.service, '/agents')
    await page.getByRole('button', { name: 'New agent' }).click()
    await page.getByLabel('Name').fill('made')
    await page.getByLabel('Model').fill('nonsense')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Model').fill('fake/made')
    await page.getByLabel('Instructions').fill('Be brief.')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Agent made' }).waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Instructions').fill('Be kind.')
    await page.getByRole('button', { name: 'As JSON' }).click()
    const json = page.getByLabel('Definition as JSON')
    expect(JSON.parse(await json.inputValue())).toEqual({ model: 'fake/made', instructions: 'Be kind.' })
    await json.fill('{"model": ')
    await page.getByRole('button', { name: 'As a form' }).click()
    await page.getByRole('alert').waitFor()
    await json.fill('{"model": "fake/made", "instructions": "Be kind.", "temperature": 0.5}')
    await page.getByRole('button', { name: 'As a form' }).click()
    await page.getByText('Besides, as JSON: temperature').waitFor()
    expect(await page.getByLabel('Instructions').inputValue()).toBe('Be kind.')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Version 2').waitFor()
    await page.getByText('Compare with the version before').click()
    expect(await page.locator('.diff .gone').allTextContents()).toContain('−   "instructions": "Be brief.",')
    expect(await page.locator('.diff .new').allTextContents()).toContain('+   "instructions": "Be kind.",')
    await page.getByRole('button', { name: 'Roll back to this' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back to this' }).click()
    await page.getByRole('listitem').filter({ hasText: 'Version 1' }).getByText('current').waitFor()
    await page.getByRole('link', { name: 'Talk to it' }).click()
    await page.getByLabel('Message').fill('who is there?')
    await page.keyboard.press('Enter')
    await page.getByText('I am here.').waitFor()
    await page.goBack()
    await confirm(page, 'Delete')
    await page.getByRole('heading', { name: 'Agents' }).waitFor()
    expect((await stage.call('GET', '/v1/agents/made')).status).toBe(404)
    expect(page.faults).toEqual([])
  })

  test('a thread is read, with what was said on it and its runs', async () => {
    const thread_id = await stage.thread()
    await stage.finished((await stage.run({ input: 'said on a thread', thread_id })).id)
    await using page = await openConsole(browser, stage.service, '/threads')
    await page.getByRole('link', { name: thread_id }).click()
    await page.getByText('said on a thread').first().waitFor()
    expect(await page.locator('.said').allTextContents()).toEqual(['said on a thread', 'said on a thread'])
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Metadata').fill('{"title": "About ')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Metadata').fill('{"title": "About a parcel"}')
    await dialog.getByLabel('Goes after').fill('3600')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('About a parcel').waitFor()
    const { body: thread } = await must(200, stage.call<ThreadView>('GET', `/v1/threads/${thread_id}`))
    expect(thread).toMatchObject({ metadata: { title: 'About a parcel' }, expires_at: expect.any(String) })
    await confirm(page, 'Delete')
    await page.getByRole('heading', { name: 'Threads' }).waitFor()
  })

  test('a schedule is made with its preview, fired, paused and resumed', async () => {
    await using page = await openConsole(browser, stage.service, '/schedules')
    await page.getByRole('button', { name: 'New schedule' }).click()
    await page.getByLabel('Name').fill('morning')
    await page.getByLabel('Input').fill('wake up')
    await page.getByLabel('Rule').fill('every day')
    await page.locator('.wrong').waitFor()
    await page.getByLabel('Rule').fill('30 8 * * *')
    await page.getByLabel('Time zone').fill('Asia/Shanghai')
    await page.getByText('08:30:00').first().waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Schedule morning' }).waitFor()
    await page.getByText('08:30').first().waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Fire now' }).click()
    await page.getByRole('link', { name: /Run completed/ }).waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await confirm(page, 'Delete')
  })

  test('a dead letter is found, read and run again; a queue is paused and resumed', async () => {
    await must(201, stage.call('POST', '/v1/jobs', { kind: 'fails', payload: { order: 7 } }))
    await using page = await openConsole(browser, stage.service, '/jobs')
    await page.getByRole('button', { name: 'Dead letters' }).click()
    await page.getByRole('link', { name: /job_/ }).first().click()
    await page.getByText('it broke').waitFor()
    await page.getByText('"order": 7').waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Run again' }).click()
    await page.getByText('it broke').nth(1).waitFor()
    await page.goto(`${stage.service.url}/console/jobs`)
    const card = page.locator('.card', { has: page.getByRole('heading', { name: 'failing' }) })
    await card.getByRole('button', { name: 'Pause' }).click()
    await card.getByText('paused').waitFor()
    await card.getByRole('button', { name: 'Resume' }).click()
    await card.getByRole('button', { name: 'Pause' }).waitFor()
    // It is shown before there is an answer, and put back where that is a refusal.
    const held = Promise.withResolvers<Route>()
    await page.route('**/v1/queues/failing/pause', held.resolve)
    await card.getByRole('button', { name: 'Pause' }).click()
    await card.getByText('paused').waitFor()
    const problem = { code: 'unavailable', detail: 'Not just now.', request_id: 'req_1' }
    await (await held.promise).fulfill({ status: 503, contentType: 'application/problem+json', json: problem })
    await card.getByText('Not just now.').waitFor()
    await card.getByRole('button', { name: 'Pause' }).waitFor()
    expect(await card.getByText('paused').count()).toBe(0)
  })

  test('a backup is made and downloaded, a setting changed, a secret kept', async () => {
    await using page = await openConsole(browser, stage.service, '/backups')
    await page.getByRole('button', { name: 'Make one now' }).click()
    const link = page.getByRole('link', { name: /bunkhouse.*\.db/ })
    await link.waitFor()
    const download = page.waitForEvent('download')
    await link.click()
    expect(await (await download).failure()).toBeNull()
    await page.goto(`${stage.service.url}/console/system`)
    await page.getByLabel(/^Log level/).selectOption('debug')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByLabel('Name').fill('SHOP_TOKEN')
    await page.getByLabel('Value').fill('very secret')
    await page.getByRole('button', { name: 'Keep' }).click()
    await page.getByText('SHOP_TOKEN').waitFor()
    expect(await page.content()).not.toContain('very secret')
    const { body } = await must(200, stage.call<{ log_level: { value: string } }>('GET', '/v1/system/settings'))
    expect(body.log_level.value).toBe('debug')
  })

  test('usage is shown and downloaded as it is', async () => {
    const agent = await stage.agent([{ text: 'a b c', usage: { input: 100, output: 23 } }])
    await stage.finished((await stage.run({ agent })).id)
    await using page = await openConsole(browser, stage.service, '/usage')
    await page.getByLabel('By').selectOption('agent')
    await page.getByRole('row', { name: new RegExp(`${agent} 1 1 123`) }).waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download as CSV' }).click()
    const csv = await Bun.file((await (await download).path()) ?? '').text()
    expect(csv).toContain(agent)
  })
})
