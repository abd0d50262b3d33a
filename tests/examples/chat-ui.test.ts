import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { servePage } from '../../examples/chat-ui/server.ts'
import { freePort } from '../../scripts/services/free-port.ts'
import { callOf, type PageView, type RunView } from '../api/stage.ts'
import { testsOfProcesses, track } from '../lifecycle/processes.ts'
import { hasBrowser, startBrowser, type TestBrowser, type TestPage } from '../support/browser.ts'
import { createDatabase } from '../support/database.ts'
import { startFakeProvider } from '../support/provider/server.ts'
import type { Turn } from '../support/provider/turn.ts'
import { type Service, startService } from '../support/service.ts'

testsOfProcesses()

const text = ['Soup, ', 'lamb ', 'and ', 'pears.']
const whole = text.join('')
const model = 'm'
const held: Turn = { text, hold: true }

/** The example's own agent and page on a service that can be killed and started again. */
async function openWorld(turns: Turn[]) {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createDatabase('sqlite'))
  const provider = await startFakeProvider()
  stack.defer(() => provider.stop())
  provider.script(model, turns)
  const env = {
    PORT: String(freePort()),
    DATABASE_URL: database.url,
    FAKE_BASE_URL: provider.baseUrl,
    EXAMPLE_MODEL: `fake/${model}`,
    AGENTS_DIR: join(import.meta.dir, '../../examples/chat-ui/agents'),
  }
  const start = async (): Promise<Service> => {
    const started = await startService({ env })
    track(started.process)
    return started
  }
  let service = stack.use(await start())
  const server = servePage({ url: service.url, key: service.key, agent: 'host', port: 0 })
  stack.defer(() => server.stop(true))
  const kept = stack.move()
  return {
    provider,
    address: server.url.href,
    kill: () => service.stop('SIGKILL'),
    start: async () => {
      service = kept.use(await start())
    },
    runs: async () => (await callOf(service)<PageView<RunView>>('GET', '/v1/runs')).body.data,
    finished: async (id: string) => (await callOf(service)<RunView>('GET', `/v1/runs/${id}/wait`)).body,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

const button = (page: TestPage, name: string) => page.getByRole('button', { name, exact: true })
const answers = (page: TestPage) => page.getByRole('article', { name: 'Assistant' })
const ask = async (page: TestPage, question = 'What is there to eat?') => {
  await page.getByRole('textbox', { name: 'Message' }).fill(question)
  await page.keyboard.press('Enter')
}
/** An answer has come to its end, and nothing went wrong on the page. */
const ended = async (page: TestPage) => {
  await button(page, 'Send').waitFor()
  expect(page.faults).toEqual([])
  return answers(page).allTextContents()
}

test('the example says where its page is, and needs no provider', async () => {
  await using child = Bun.spawn([process.execPath, 'examples/run.ts', 'chat-ui'], {
    cwd: join(import.meta.dir, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  })
  track(child)
  let said = ''
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += chunk
    if (said.includes('Ctrl-C')) break
  }
  const [, address = ''] = /The page is at (\S+)/.exec(said) ?? []
  expect(await (await fetch(address)).text()).toContain('<title>Chat</title>')
  const message = { id: 'u1', role: 'user', parts: [{ type: 'text', text: 'Book a table.' }] }
  const send = (headers: Record<string, string>) =>
    fetch(new URL('chat', address), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ id: 'c1', messages: [message] }),
    })
  expect(await (await send({})).text()).toContain('"type":"tool-approval-request"')
  expect((await send({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  child.kill('SIGINT')
  expect(await child.exited).toBe(0)
})

describe.skipIf(!hasBrowser)('the chat in a browser', () => {
  let browser: TestBrowser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser[Symbol.asyncDispose]())

  test('goes on with an answer after a reload in the middle of it', async () => {
    await using world = await openWorld([held])
    await using page = await browser.open(world.address)
    await ask(page)
    const exchange = await world.provider.request(model, 1)
    exchange.release(2)
    await page.getByText('Soup, lamb').waitFor()
    await page.reload()
    await page.getByText('Soup, lamb').waitFor()
    await button(page, 'Stop').waitFor()
    expect(exchange.state).toBe('open')
    exchange.release()
    await page.getByText(whole).waitFor()
    expect(await ended(page)).toEqual([whole])
    await page.reload()
    expect(await ended(page)).toEqual([whole])
    expect(world.provider.requests()).toHaveLength(1)
    expect(await world.runs()).toHaveLength(1)
  })

  test('has the answer that ended while nobody looked', async () => {
    await using world = await openWorld([held])
    await using page = await browser.open(world.address)
    await ask(page)
    const exchange = await world.provider.request(model, 1)
    exchange.release(1)
    await page.getByText('Soup,').waitFor()
    const address = page.url()
    await page.goto('about:blank')
    exchange.release()
    const [run] = await world.runs()
    expect(await world.finished(run?.id ?? '')).toMatchObject({ status: 'completed' })
    await page.goto(address)
    await page.getByText(whole).waitFor()
    expect(await ended(page)).toEqual([whole])
  })

  test('goes on by itself when the service was killed and is started again', async () => {
    await using world = await openWorld([held, held])
    await using page = await browser.open(world.address)
    await ask(page)
    ;(await world.provider.request(model, 1)).release(2)
    await page.getByText('Soup, lamb').waitFor()
    await world.kill()
    await page.getByText('Reading on as soon as the connection is there').waitFor()
    expect(await answers(page).allTextContents()).toEqual(['Soup, lamb '])
    await world.start()
    ;(await world.provider.request(model, 2)).release()
    await page.getByText(whole).waitFor()
    expect(await ended(page)).toEqual([whole])
    expect(await world.runs()).toHaveLength(1)
  })

  test('shows what it had when it is loaded while the service is away, and goes on afterwards', async () => {
    await using world = await openWorld([held, held])
    await using page = await browser.open(world.address)
    await ask(page)
    ;(await world.provider.request(model, 1)).release(2)
    await page.getByText('Soup, lamb').waitFor()
    await world.kill()
    await page.reload()
    await page.getByText('Reading on as soon as the connection is there').waitFor()
    expect(await answers(page).allTextContents()).toEqual(['Soup, lamb '])
    await world.start()
    ;(await world.provider.request(model, 2)).release()
    await page.getByText(whole).waitFor()
    expect(await ended(page)).toEqual([whole])
  })

  test('has a call approved with the keyboard, and goes on with that message after a reload', async () => {
    const input = { people: 2, time: '19:30' }
    await using world = await openWorld([{ toolCalls: [{ name: 'book_table', input }] }, held])
    await using page = await browser.open(world.address)
    await ask(page, 'Book a table')
    const call = page.getByRole('region', { name: 'Tool book_table' })
    await call.getByText('asks to be allowed').waitFor()
    // Who comes back finds the question again.
    await page.reload()
    await button(page, 'Approve').focus()
    await page.keyboard.press('Enter')
    const exchange = await world.provider.request(model, 2)
    exchange.release(2)
    await call.getByText('is done').waitFor()
    await page.getByText('Soup, lamb').waitFor()
    await page.reload()
    await page.getByText('Soup, lamb').waitFor()
    exchange.release()
    await page.getByText(whole).waitFor()
    const [answer = ''] = await ended(page)
    expect(answer).toContain('→ {"booked":"a table for 2 at 19:30"}')
    expect(answer.split(whole)).toHaveLength(2)
    expect(await button(page, 'Approve').count()).toBe(0)
    expect(await world.runs()).toMatchObject([{ status: 'completed' }])
  })

  test('has a call denied', async () => {
    const input = { people: 2, time: '19:30' }
    await using world = await openWorld([{ toolCalls: [{ name: 'book_table', input }] }, { text: 'As you wish.' }])
    await using page = await browser.open(world.address)
    await ask(page, 'Book a table')
    await button(page, 'Deny').click()
    await page.getByText('As you wish.').waitFor()
    await page.getByText('was not allowed').waitFor()
    expect(await ended(page)).toHaveLength(1)
  })

  test('stops the run, and not only its own reading', async () => {
    await using world = await openWorld([held])
    await using page = await browser.open(world.address)
    await ask(page)
    const exchange = await world.provider.request(model, 1)
    exchange.release(2)
    await page.getByText('Soup, lamb').waitFor()
    await button(page, 'Stop').click()
    expect(await ended(page)).toEqual(['Soup, lamb '])
    expect(await exchange.ended()).toBe('gone')
    const [run] = await world.runs()
    expect(await world.finished(run?.id ?? '')).toMatchObject({ status: 'cancelled' })
  })

  test('tells what went wrong, and asks again', async () => {
    await using world = await openWorld([{ error: { status: 400, message: 'no such model' } }, { text }])
    await using page = await browser.open(world.address)
    await ask(page)
    await page.getByRole('alert').getByText('no such model').waitFor()
    await button(page, 'Retry').click()
    await page.getByText(whole).waitFor()
    expect(await ended(page)).toEqual([whole])
    expect(await page.getByRole('alert').textContent()).toBe('')
  })

  test('asks again what was sent while the service was away', async () => {
    await using world = await openWorld([{ text }])
    await using page = await browser.open(world.address)
    await world.kill()
    await ask(page)
    await page.getByRole('alert').getByText('Bunkhouse does not answer.').waitFor()
    await world.start()
    await button(page, 'Retry').click()
    await page.getByText(whole).waitFor()
    expect(await ended(page)).toEqual([whole])
    expect(await world.runs()).toHaveLength(1)
  })

  test('asks no question twice whose answer was lost on its way', async () => {
    await using world = await openWorld([{ text }])
    await using page = await browser.open(world.address)
    await page.route('**/chat', async route => {
      await route.fetch()
      await route.abort()
    })
    await ask(page)
    await page.getByRole('alert').getByText('No answer came.').waitFor()
    await page.unroute('**/chat')
    await button(page, 'Retry').click()
    await page.getByText(whole).waitFor()
    expect(await ended(page)).toEqual([whole])
    expect(world.provider.requests()).toHaveLength(1)
  })

  test('keeps chats apart, fits a phone, and is given no key', async () => {
    await using world = await openWorld([{ text }])
    await using page = await browser.open(world.address, { viewport: { width: 320, height: 568 }, isMobile: true })
    await ask(page, 'x'.repeat(200))
    await page.getByText(whole).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
    await button(page, 'New chat').click()
    await page.getByText('Ask something.').waitFor()
    expect(await answers(page).count()).toBe(0)
    await page.goBack()
    expect(await answers(page).allTextContents()).toEqual([whole])
    const sources: unknown = await page.evaluate(
      'Promise.all([location.href, ...[...document.scripts].map(script => script.src)].map(async url => (await fetch(url)).text()))',
    )
    expect(JSON.stringify(sources)).not.toContain('bh_test_key')
  })
})
