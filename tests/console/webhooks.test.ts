import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { must, type Stage, startStage } from '../api/stage.ts'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { isSignedWith, type Receiver, startReceiver } from '../webhooks/receiver.ts'
import { type DeliveryView, makeWebhook, nearby } from '../webhooks/views.ts'
import { accessFaults, isWiderThanWindow, openConsole } from './stage.ts'

setDefaultTimeout(60_000)

describe.skipIf(!hasBrowser)('webhooks in the console', () => {
  let stage: Stage
  let browser: TestBrowser
  let receiver: Receiver
  beforeAll(async () => {
    stage = await startStage('sqlite', nearby)
    browser = await startBrowser()
    receiver = startReceiver()
  })
  afterAll(async () => {
    receiver[Symbol.dispose]()
    await browser[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  test('one is made, tested, and sent its message again', async () => {
    await using page = await openConsole(browser, stage.service, '/webhooks')
    await page.getByText('There is no webhook.').waitFor()
    await page.getByRole('button', { name: 'New webhook' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Name').fill('to the app')
    await form.getByLabel('URL').fill(receiver.url)
    await form.getByRole('checkbox', { name: '*', exact: true }).uncheck()
    await form.getByRole('checkbox', { name: 'run.failed' }).check()
    expect(await accessFaults(page)).toEqual([])
    await form.getByRole('button', { name: 'Create' }).click()

    const shown = page.getByRole('textbox', { name: 'Secret' })
    const secret = await shown.inputValue()
    expect(await accessFaults(page)).toEqual([])
    // What is shown once is not lost by a key, nor kept.
    await page.keyboard.press('Escape')
    expect(await shown.inputValue()).toBe(secret)
    await page.getByRole('button', { name: 'Close' }).click()
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain(
      secret,
    )

    await page.getByRole('link', { name: 'to the app' }).click()
    await page.getByRole('heading', { name: 'to the app', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Send a test' }).click()
    const [first] = await receiver.count(1)
    expect(first && isSignedWith(secret, first)).toBe(true)
    await page.getByText('delivered', { exact: true }).and(page.locator('.status')).waitFor()
    await page.getByRole('link', { name: 'ping' }).click()
    await page.getByText('204').waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Send again' }).click()
    const [, second] = await receiver.count(2)
    expect(second?.messageId).toBe(first?.messageId ?? '')
    expect(page.faults).toEqual([])
  })

  test('one is changed, given a new secret, disabled and deleted', async () => {
    const hook = await makeWebhook(stage.call, { name: 'before', url: receiver.url, events: ['run.*'] })
    await using page = await openConsole(browser, stage.service, `/webhooks/${hook.id}`)
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('after')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'after', level: 1 }).waitFor()

    await page.getByRole('button', { name: 'New secret' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click()
    const secret = await page.getByRole('textbox', { name: 'Secret' }).inputValue()
    expect(secret).not.toBe(hook.secret)
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByText('The secret before signs until').waitFor()

    await page.getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('button', { name: 'Enable' }).waitFor()
    expect(await page.getByRole('button', { name: 'Send a test' }).count()).toBe(0)
    expect(await accessFaults(page)).toEqual([])

    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor()
    expect((await stage.call('GET', `/v1/webhooks/${hook.id}`)).status).toBe(404)
    expect(page.faults).toEqual([])
  })

  test('failed messages are sent again together', async () => {
    using gone = startReceiver()
    gone.answer(() => new Response('not any more', { status: 410 }))
    const hook = await makeWebhook(stage.call, { name: 'gone', url: gone.url, events: ['schedule.*'] })
    await must(202, stage.call<DeliveryView>('POST', `/v1/webhooks/${hook.id}/test`))
    await using page = await openConsole(browser, stage.service, `/webhooks/${hook.id}?state=failed`)
    await page.getByRole('link', { name: 'ping' }).waitFor()
    await page.getByText('Disabled because').waitFor()
    gone.answer(() => new Response(null, { status: 204 }))
    await page.getByRole('button', { name: 'Enable' }).click()
    await page.getByRole('button', { name: 'Disable' }).waitFor()
    await page.getByRole('button', { name: 'Send failed ones again' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Send again' }).click()
    await dialog.getByText('Sent again: 1').waitFor()
    expect(await accessFaults(page)).toEqual([])
    await gone.count(2)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByText('No delivery fits.').waitFor()
    expect(page.faults).toEqual([])
  })

  test('what went wrong is said, and who may only read is shown no button', async () => {
    await using page = await openConsole(browser, stage.service, '/webhooks')
    await page.getByRole('button', { name: 'New webhook' }).click()
    await page.getByRole('dialog').getByLabel('URL').fill('http://10.0.0.1/hook')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('alert').getByText('Request id').waitFor()

    const reader = { name: 'reader', scopes: ['webhooks:read', 'runs:read', 'approvals:read'] }
    const { body } = await must(201, stage.call<{ key: string }>('POST', '/v1/keys', reader))
    const hook = await makeWebhook(stage.call, { name: 'to read', url: receiver.url })
    await using other = await openConsole(browser, { ...stage.service, key: body.key }, `/webhooks/${hook.id}`)
    await other.getByText(receiver.url).waitFor()
    await other.getByText('No delivery fits.').waitFor()
    expect(await other.locator('main').getByRole('button').allTextContents()).toEqual([])
  })

  test('it speaks Chinese, and fits a phone', async () => {
    const hook = await makeWebhook(stage.call, { name: 'phone', url: receiver.url })
    for (const [path, title] of [
      ['/webhooks', 'Webhook'],
      [`/webhooks/${hook.id}`, 'phone'],
    ] as const) {
      await using page = await openConsole(browser, stage.service, path, { locale: 'zh-CN' })
      await page.setViewportSize({ width: 390, height: 844 })
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await page.getByRole('button', { name: '重新发送失败的消息' }).waitFor()
      expect({ path, wide: await isWiderThanWindow(page) }).toEqual({ path, wide: false })
      expect({ path, faults: await accessFaults(page) }).toEqual({ path, faults: [] })
    }
  })
})
