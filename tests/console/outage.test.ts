import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { must, type PageView, type RunView, type Stage, startStage } from '../api/stage.ts'
import { hasBrowser, startBrowser, type TestBrowser, type TestPage } from '../support/browser.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { accessFaults, openConsole } from './stage.ts'

setDefaultTimeout(60_000)

/** Longer than anything is waited for. */
const tooLong = 21_000

describe.skipIf(!hasBrowser)('the console, where the line hangs or breaks', () => {
  let stage: Stage
  let browser: TestBrowser
  let proxy: TcpProxy
  beforeAll(async () => {
    stage = await startStage('sqlite')
    browser = await startBrowser()
    proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(stage.service.url).port) })
  })
  afterAll(async () => {
    await browser[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })
  const open = async (path: string) => {
    const url = `http://127.0.0.1:${proxy.port}`
    const page = await openConsole(browser, { url, key: stage.service.key }, path)
    await page.clock.install()
    return page
  }
  /** What is asked by then has been given up: the page's own clock is put forward. */
  const giveUp = async (page: TestPage, asked: (url: string) => boolean, act: () => Promise<unknown>) => {
    const request = page.waitForRequest(sent => asked(sent.url()))
    await act()
    await request
    await page.clock.fastForward(tooLong)
  }

  test('a list that does not come ends in an error with its request id, and comes when asked again', async () => {
    await stage.finished((await stage.run()).id)
    await using page = await open('/runs')
    await page.locator('.table-row').first().waitFor()
    proxy.stall()
    const choose = () => page.getByLabel('Status').selectOption('completed')
    await giveUp(page, url => url.includes('status=completed'), choose)
    await page.getByText('no answer within 20 seconds').waitFor()
    await page.getByText(/con_[0-9a-f]{20}/).waitFor()
    expect(await accessFaults(page)).toEqual([])
    await proxy.restore()
    // The list asks by itself, too, and may have been quicker.
    const gone = page.getByText('no answer within 20 seconds').waitFor({ state: 'detached' })
    const clicked = page.getByRole('button', { name: 'Try again' }).click()
    await Promise.race([clicked.catch(() => {}), gone])
    await gone
    await page.locator('.table-row').first().waitFor()
  })

  test('a page whose file does not come ends in an error, and is loaded again', async () => {
    await using page = await open('/runs')
    proxy.stall()
    const go = () => page.getByRole('link', { name: 'Audit' }).click()
    await giveUp(page, url => url.includes('.js'), go)
    await page.getByText('This page could not be shown').waitFor()
    await proxy.restore()
    await page.getByRole('button', { name: 'Load it again' }).click()
    await page.getByRole('heading', { name: 'Audit' }).waitFor()
  })

  test('signing in ends in an error, and works when it is tried again', async () => {
    await using page = await browser.open(`http://127.0.0.1:${proxy.port}/console`, { locale: 'en-GB' })
    await page.getByLabel('Key').fill(stage.service.key)
    await page.clock.install()
    proxy.stall()
    await giveUp(
      page,
      url => url.endsWith('/console/session'),
      () => page.keyboard.press('Enter'),
    )
    await page.getByText('no answer within 20 seconds').waitFor()
    await proxy.restore()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
  })

  test('what was said and not answered is sent again as the same', async () => {
    const agent = await stage.agent([{ text: 'I am here.' }])
    await using page = await open(`/playground?agent=${agent}`)
    await page.getByLabel('Message').fill('hello?')
    proxy.stall()
    await giveUp(
      page,
      url => url.endsWith('/v1/threads'),
      () => page.keyboard.press('Enter'),
    )
    await page.getByText('no answer within 20 seconds').first().waitFor()
    await proxy.restore()
    await page.locator('.theirs').getByRole('button', { name: 'Try again' }).click()
    await page.getByText('I am here.').waitFor()
    const { body } = await must(200, stage.call<PageView<RunView>>('GET', `/v1/runs?agent=${agent}`))
    expect(body.data).toHaveLength(1)
  })

  test.each(['is cut', 'falls silent'])('a stream that %s says so, and is read on by itself', async how => {
    const agent = await stage.agent([{ text: ['one ', 'two ', 'three'], hold: true }])
    const run = await stage.run({ agent })
    await using page = await open(`/runs/${run.id}`)
    const exchange = await stage.provider.request(agent, 1)
    exchange.release(1)
    await page.locator('.said', { hasText: 'one' }).waitFor()
    if (how === 'is cut') await proxy.cut()
    else {
      proxy.stall()
      await page.clock.fastForward(tooLong)
    }
    await page.getByText('The connection was lost').waitFor()
    await proxy.restore()
    exchange.release(2)
    await page.locator('.said', { hasText: 'one two three' }).waitFor()
    await page.getByText('The connection was lost').waitFor({ state: 'detached' })
    await page.getByText('completed', { exact: true }).first().waitFor()
    expect(await page.locator('.said').allTextContents()).toEqual(['one two three'])
    expect(page.faults).toEqual([])
  })

  test('a device without a network is told so, and goes on by itself', async () => {
    await using page = await open('/playground?agent=echo')
    await page.getByLabel('Message').waitFor()
    await page.context().setOffline(true)
    await page.getByText('This device has no network').waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByLabel('Message').fill('anybody?')
    await page.keyboard.press('Enter')
    await page.locator('.theirs').getByText('The service cannot be reached').waitFor()
    await page.context().setOffline(false)
    await page.getByText('This device has no network').waitFor({ state: 'detached' })
    await page.locator('.theirs').getByRole('button', { name: 'Try again' }).click()
    await page.locator('.said', { hasText: 'anybody?' }).waitFor()
  })
})
