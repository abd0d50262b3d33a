import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { must, type Stage, startStage } from '../api/stage.ts'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { accessFaults, isWiderThanWindow, openConsole } from './stage.ts'

setDefaultTimeout(60_000)

describe.skipIf(!hasBrowser)('keys, tenants and the audit log in the console', () => {
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
  const statusOf = async (key: string, path = '/v1/runs') =>
    (await fetch(stage.service.url + path, { headers: { authorization: `Bearer ${key}` } })).status

  test('a key is made, works, is changed and revoked, and the log says who did it', async () => {
    await using page = await openConsole(browser, stage.service, '/keys')
    await page.getByRole('button', { name: 'New key' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Name').fill('mobile app')
    await form.getByRole('checkbox', { name: 'runs:read' }).check()
    await form.getByLabel('Requests a minute').fill('60')
    await form.getByLabel('Expires').fill('2098-01-02T03:04')
    expect(await accessFaults(page)).toEqual([])
    await form.getByRole('button', { name: 'Create' }).click()
    const key = await page.getByRole('textbox', { name: 'Key' }).inputValue()
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain(key)
    await page.getByRole('button', { name: 'Close' }).click()
    expect([await statusOf(key), await statusOf(key, '/v1/agents')]).toEqual([200, 403])

    await page.getByRole('link', { name: 'mobile app' }).click()
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('old app')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'old app', level: 1 }).waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.locator('.status').getByText('revoked').waitFor()
    expect(await statusOf(key)).toBe(401)

    await page.goto(`${stage.service.url}/console/audit?action=key.revoked`)
    const row = page.getByRole('row').filter({ hasText: 'key.revoked' })
    await row.getByText('the configured key').waitFor()
    expect(await page.getByText('key.created', { exact: true }).and(page.getByRole('button')).count()).toBe(0)
    expect(await accessFaults(page)).toEqual([])
    await row.getByRole('button', { name: 'key.revoked' }).click()
    const entry = page.getByRole('dialog')
    await entry.getByText(/^con_/).waitFor()
    expect(await accessFaults(page)).toEqual([])
    await entry.getByRole('button', { name: 'Only what was done to this' }).click()
    await page.getByRole('button', { name: 'key.created' }).waitFor()
    expect(new URL(page.url()).searchParams.get('target')).toMatch(/^key_/)
    expect(page.faults).toEqual([])
  })

  test('the audit log is looked through by what the address says', async () => {
    await must(201, stage.call('POST', '/v1/keys', { name: 'noted', scopes: ['runs:read'] }))
    await using page = await openConsole(browser, stage.service, '/audit')
    await page.getByRole('button', { name: 'key.created' }).first().waitFor()
    await page.getByLabel('Who').fill('system')
    await page.getByLabel('Action').selectOption('backup.made')
    await page.getByLabel('From', { exact: true }).fill('2020-01-02T03:04')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.getByText('No entry fits.').waitFor()
    const search = new URL(page.url()).searchParams
    expect([search.get('actor'), search.get('action'), search.get('after')?.slice(0, 4)]).toEqual([
      'system',
      'backup.made',
      '2020',
    ])
    await page.reload()
    await page.getByText('No entry fits.').waitFor()
    expect(await page.getByLabel('Who').inputValue()).toBe('system')
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByRole('button', { name: 'key.created' }).first().waitFor()
    expect(await page.getByLabel('Who').inputValue()).toBe('')
  })

  test('a tenant is made with its first key, changed and archived', async () => {
    await using page = await openConsole(browser, stage.service, '/keys')
    await page.getByRole('button', { name: 'New tenant' }).click()
    await page.getByRole('dialog').getByLabel('Id').fill('acme')
    await page.getByRole('button', { name: 'Create' }).click()
    const key = await page.getByRole('textbox', { name: 'First key of the tenant' }).inputValue()
    await page.getByRole('button', { name: 'Close' }).click()
    expect(await statusOf(key)).toBe(200)
    await page.getByRole('link', { name: 'acme' }).click()
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Acme Ltd')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Acme Ltd').waitFor()

    // Its own admin has keys, but no tenants to look after.
    await using own = await openConsole(browser, { ...stage.service, key }, '/keys')
    await own.getByRole('button', { name: 'New key' }).click()
    await own.getByRole('checkbox', { name: 'admin' }).waitFor()
    expect(await own.getByRole('checkbox', { name: 'tenants:read' }).count()).toBe(0)
    expect(await own.getByRole('heading', { name: 'Tenants', exact: true }).count()).toBe(0)

    await page.getByRole('button', { name: 'Archive' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click()
    await page.getByRole('button', { name: 'Take up again' }).waitFor()
    expect(await statusOf(key)).toBe(401)
    expect(await accessFaults(page)).toEqual([])
    expect(page.faults).toEqual([])
  })

  test('they speak Chinese, and fit a phone', async () => {
    await must(201, stage.call('POST', '/v1/tenants', { id: 'phone' }))
    for (const [path, title] of [
      ['/keys', '密钥与租户'],
      ['/audit', '审计'],
      ['/keys/tenants/phone', '租户 phone'],
    ] as const) {
      await using page = await openConsole(browser, stage.service, path, { locale: 'zh-CN' })
      await page.setViewportSize({ width: 390, height: 844 })
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await page.locator('.table, .facts').first().waitFor()
      expect({ path, wide: await isWiderThanWindow(page) }).toEqual({ path, wide: false })
      expect({ path, faults: await accessFaults(page) }).toEqual({ path, faults: [] })
    }
  })
})
