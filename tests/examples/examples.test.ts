import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { startFakeProvider } from '../support/provider/server.ts'
import type { Turn } from '../support/provider/turn.ts'

const root = join(import.meta.dir, '../..')

const path = root

const scripts: Record<string, Turn[]> = {
  support: [
    { toolCalls: [{ name: 'order_status', input: { id: '1001' } }] },
    { text: 'Your kettle is on its way and arrives on Friday.' },
    { text: 'DHL brings it.' },
  ],
  'daily-report': [
    { toolCalls: [{ name: 'sales_of_yesterday', input: {} }] },
    { text: 'Yesterday 12 kettles and 5 teapots were sold, for 573 euros in all.' },
  ],
  repository: [
    { toolCalls: [{ name: 'files_list_directory', input: { path } }] },
    { toolCalls: [{ name: 'files_read_text_file', input: { path: join(path, 'LICENSE'), head: 3 } }] },
    { text: 'The MIT licence.' },
  ],
  refund: [
    { toolCalls: [{ name: 'refund', input: { order: '7', euros: 12 } }] },
    { text: 'I have paid back 12 euros for order 7.' },
    { toolCalls: [{ name: 'refund', input: { order: '8', euros: 90 } }] },
    { text: 'Of the 90 euros, 45 were agreed to, and are paid back.' },
  ],
}

/** One command, as its page has it. */
async function play(words: string[], env: Record<string, string>) {
  const child = Bun.spawn([process.execPath, 'run', 'example', ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  })
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { stdout, stderr, code }
}

describe.each(Object.entries(scripts))('the example %s', (name, turns) => {
  test('prints what its page shows', async () => {
    const provider = await startFakeProvider()
    provider.script('gpt-5-mini', turns)
    const { stdout, stderr, code } = await play([name], { OPENAI_BASE_URL: provider.baseUrl, OPENAI_API_KEY: 'k' })
    await provider.stop()
    if (code !== 0) throw new Error(stderr)
    const page = await Bun.file(join(root, 'examples', name, 'README.md')).text()
    expect(stdout).toBe(/```\n([\s\S]*?)```/.exec(page)?.[1] ?? 'a block')
  })
})

test('an example without a key of a provider says what is missing', async () => {
  const { stderr, code } = await play(['refund'], {})
  expect(code).toBe(1)
  expect(stderr).toContain('OPENAI_API_KEY')
})

test('an example that there is not is a wrong command', async () => {
  const { stderr, code } = await play(['lottery'], {})
  expect(code).toBe(2)
  expect(stderr).toContain('usage: bun run example support | daily-report | refund | repository')
})
