import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { resolve } from 'node:path'
import { must, type PageView, type RunView, type Stage, startStage } from '../api/stage.ts'
import { hasBrowser, startBrowser, type TestBrowser, type TestPage } from '../support/browser.ts'
import { accessFaults, openConsole } from './stage.ts'

setDefaultTimeout(60_000)

const root = resolve(import.meta.dir, '../..')

describe.skipIf(!hasBrowser)('the playground', () => {
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
  const say = async (page: TestPage, text: string) => {
    await page.getByLabel('Message').fill(text)
    await page.keyboard.press('Enter')
  }
  const lastRun = async (agent: string) => {
    const { body } = await must(200, stage.call<PageView<RunView>>('GET', `/v1/runs?agent=${agent}&limit=1`))
    return body.data[0]
  }
  /** What a command prints that is given this text. */
  const printed = async (command: string[], text: string): Promise<string> => {
    const env = { PATH: process.env.PATH, BUNKHOUSE_KEY: stage.service.key }
    const child = Bun.spawn(command, { cwd: root, env, stdin: new Blob([text]), stdout: 'pipe', stderr: 'pipe' })
    const [out, errors, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    if (status !== 0) throw new Error(errors)
    return out
  }

  // What breaks out of quotes, where it is not written as it has to be.
  const nasty = `it's "so" \\ $HOME \`x\` \${y} ok?`

  test.each([
    ['curl', ['sh']],
    ['TypeScript · openai', [process.execPath, 'run', '-']],
    ['TypeScript · AI SDK', [process.execPath, 'run', '-']],
  ])('the program that %s shows does what was just done', async (name, command) => {
    const agent = await stage.agent([{ text: 'First.' }, { text: 'Second.' }, { text: 'Again the second.' }])
    await using page = await openConsole(browser, stage.service, `/playground?agent=${agent}`)
    await say(page, 'one')
    await page.getByText('First.').waitFor()
    await page.getByRole('button', { name: 'Send' }).waitFor()
    await say(page, nasty)
    await page.getByText('Second.').waitFor()
    await page.getByText('The same from your own program').click()
    await page.getByRole('tab', { name }).click()
    const program = await page.getByRole('group', { name }).textContent()
    expect(await printed(command, program ?? '')).toContain('Again the second.')
    expect(JSON.stringify((await lastRun(agent))?.input)).toContain(JSON.stringify(nasty).slice(1, -1))
    // The model is told the whole of the conversation, and what was just said.
    const { record } = await stage.provider.request(agent, 3)
    const messages = JSON.stringify(record.body)
    for (const text of ['one', 'First.', nasty]) expect(messages).toContain(JSON.stringify(text).slice(1, -1))
    expect(await accessFaults(page)).toEqual([])
  })

  test('before anything was said it shows how to say hello', async () => {
    await using page = await openConsole(browser, stage.service, '/playground?agent=echo')
    await page.getByText('The same from your own program').click()
    const program = await page.getByRole('group', { name: 'curl' }).textContent()
    expect(await printed(['sh'], program ?? '')).toContain('"output":"hello"')
  })

  test('a call of a tool is read and approved in it, and the answer goes on', async () => {
    const tool = {
      name: 'visit',
      description: 'Looks.',
      input_schema: { type: 'object' },
      http: { url: 'https://example.invalid/never' },
      approval: {},
    }
    const agent = await stage.agent(
      [{ toolCalls: [{ name: 'visit', input: { at: 'noon' } }] }, { text: 'I have looked.' }],
      { tools: [tool] },
    )
    await using page = await openConsole(browser, stage.service, `/playground?agent=${agent}`)
    await say(page, 'go')
    await page.getByText('"at": "noon"').last().waitFor()
    await page.getByRole('button', { name: 'Approve' }).waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByText('I have looked.').waitFor()
    await page.getByText('calls visit').click()
    await page.getByRole('group', { name: 'Output' }).waitFor()
    expect(page.faults).toEqual([])
  })

  test('what an agent is about to say is stopped', async () => {
    const agent = await stage.agent([{ text: ['Well, ', 'never'], hold: true }])
    await using page = await openConsole(browser, stage.service, `/playground?agent=${agent}`)
    await say(page, 'go')
    ;(await stage.provider.request(agent, 1)).release(1)
    await page.getByText('Well,').waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: 'Send' }).waitFor()
    expect((await lastRun(agent))?.status).toBe('cancelled')
    expect(page.faults).toEqual([])
  })
})
