import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Stage, startStage } from '../api/stage.ts'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { accessFaults, openConsole } from './stage.ts'

setDefaultTimeout(60_000)

describe.skipIf(!hasBrowser)('what the console shows of the service itself', () => {
  let stage: Stage
  let browser: TestBrowser
  beforeAll(async () => {
    stage = await startStage('sqlite', { LOG_LEVEL: 'debug' })
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  test('the log as it is written, narrowed, opened and paused', async () => {
    await using page = await openConsole(browser, stage.service, '/logs')
    // The newest is first, and only what is seen is there.
    await page.getByLabel('Contains').fill('listening')
    await page.getByRole('button', { name: 'listening' }).waitFor()
    const run = await stage.run({ input: 'hello log' })
    await stage.finished(run.id)
    await page.getByLabel('Contains').fill(run.id)
    await page.getByRole('button', { name: 'run completed' }).waitFor()
    expect(await page.getByRole('button', { name: 'listening' }).count()).toBe(0)
    await page.getByLabel('Level, at least').selectOption('debug')
    await page.getByRole('button', { name: 'run started' }).waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'run completed' }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'To the run' }).click()
    await page.getByText('hello log').first().waitFor()
    await page.goBack()
    await page.getByRole('button', { name: 'run completed' }).waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('button', { name: 'run completed' }).waitFor()
    expect(page.faults).toEqual([])
  })

  test('what is wrong now, and what to do about it', async () => {
    await using page = await openConsole(browser, stage.service, '/')
    await page.getByRole('heading', { name: 'Alerts now' }).waitFor()
    const run = await stage.run({ delay_seconds: 3_600 })
    using file = new Database(stage.database.url.slice('sqlite:'.length))
    file.run('PRAGMA busy_timeout = 5000')
    file.run('update runs set created_at = created_at - 8000000 where id = ?', [run.id])
    await page.getByText('BunkhouseRunStuck', { exact: true }).waitFor()
    await page.getByText('docs/runbooks.md#bunkhouserunstuck').waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.goto(`${stage.service.url}/console/system`)
    await page.getByRole('button', { name: 'Look' }).click()
    await page.getByText(/limits: \d+ files and connections|limits: unlimited/).waitFor()
    expect(await accessFaults(page)).toEqual([])
    expect(page.faults).toEqual([])
  })
})
