import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { hasBrowser, startBrowser, type TestBrowser, type TestPage } from '../support/browser.ts'
import { type Furnished, startFurnished } from './furnished.ts'
import { accessFaults, isWiderThanWindow, openConsole } from './stage.ts'

setDefaultTimeout(900_000)

const desktop = { width: 1280, height: 860 }
const phone = { width: 390, height: 800 }
const light = 'light' as const
const dark = 'dark' as const

// Each two of language, colours and size are together in one of them.
const ways = [
  { locale: 'en-GB', colorScheme: light, viewport: desktop },
  { locale: 'zh-CN', colorScheme: dark, viewport: desktop },
  { locale: 'en-GB', colorScheme: dark, viewport: phone },
  { locale: 'zh-CN', colorScheme: light, viewport: phone },
]

// Both languages and both sizes: in other colours they are made of what the pages are made of.
const withDialogs = [ways[0], ways[3]]

const source = await Bun.file(join(import.meta.dir, '../../src/console/page/shell/pages.ts')).text()
const routes = Array.from(source.matchAll(/path: '([^']+)'/g), ([, path = '']) => path)

describe.skipIf(!hasBrowser)('every page of the console', () => {
  let furnished: Furnished
  let browser: TestBrowser
  beforeAll(async () => {
    furnished = await startFurnished()
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser[Symbol.asyncDispose]()
    await furnished[Symbol.asyncDispose]()
  })

  /** All faults of what is shown, and whether it is too wide. */
  const look = async (page: TestPage, what: string): Promise<string[]> => [
    ...(await accessFaults(page)).map(fault => `${what}: ${fault}`),
    ...((await isWiderThanWindow(page)) ? [`${what}: is wider than the window`] : []),
  ]

  test.concurrent.each(ways)('is open to all, as are its dialogs: %o', async way => {
    await using page = await openConsole(browser, furnished.stage.service, '', way)
    const faults: string[] = []
    for (const route of routes) {
      const path = furnished.paths[route] ?? route
      await page.goto(`${furnished.stage.service.url}/console${path === '/' ? '' : path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page
        .getByText(/^(Loading …|加载中……)$/)
        .first()
        .waitFor({ state: 'detached' })
      expect({ path, errors: await page.locator('.error-box').count() }).toEqual({ path, errors: 0 })
      const closed = page.locator('main details:not([open]) > summary')
      while ((await closed.count()) > 0) await closed.first().click()
      faults.push(...(await look(page, path)))
      // The first is open already.
      for (const tab of (await page.getByRole('tab').all()).slice(1)) {
        await tab.click()
        faults.push(...(await look(page, `${path}, a tab`)))
      }
      if (withDialogs.includes(way)) faults.push(...(await lookAtDialogs(page, path)))
    }
    expect(faults).toEqual([])
    expect(page.faults).toEqual([])
  })

  /** Opens what a button opens, and closes it by the keyboard, which gives the focus back. */
  const lookAtDialogs = async (page: TestPage, path: string): Promise<string[]> => {
    const faults: string[] = []
    const buttons = page.locator('main button[aria-expanded]:not([disabled]), main .table-row:first-child button')
    for (let index = 0; index < (await buttons.count()); index++) {
      const button = buttons.nth(index)
      const what = `${path}, the dialog of "${await button.textContent()}"`
      await button.click()
      const dialog = page.getByRole('dialog')
      await dialog.waitFor()
      faults.push(...(await look(page, what)))
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
      const back = button.and(page.locator(':focus')).waitFor({ timeout: 10_000 })
      await back.catch(() => faults.push(`${what}: loses the focus`))
    }
    return faults
  }

  test.concurrent.each(ways)('goes by the keyboard alone: %o', async way => {
    await using page = await openConsole(browser, furnished.stage.service, '/runs', way)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.locator('#content').focus()
    const faults: string[] = []
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Ctrl K').waitFor()
    // Each page that is listed has a letter.
    expect(await dialog.locator('dt').count()).toBe(2 + (await page.locator('nav.side li').count()))
    faults.push(...(await look(page, 'shortcuts')))
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.locator('#content:focus').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('searchbox').waitFor()
    faults.push(...(await look(page, 'palette')))
    await page.keyboard.type('nothing is called that')
    const nothing = dialog.getByText(/^(Nothing is called that\.|没有匹配项。)$/)
    await nothing.waitFor()
    faults.push(...(await look(page, 'palette without a hit')))
    // The first clears what was typed.
    await page.keyboard.press('Escape')
    await nothing.waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.locator('#content:focus').waitFor()
    expect(faults).toEqual([])
  })
})
