import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startService } from '../support/service.ts'

const root = join(import.meta.dir, '../..')
const readme = await Bun.file(join(root, 'README.md')).text()

interface Block {
  language: string
  text: string
}

const blocks: Block[] = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(match => ({
  language: match[1] ?? '',
  text: match[2] ?? '',
}))

/** The curl commands of the quick start, each with the answer printed below it. */
const examples = blocks.flatMap(({ language, text }, index) => {
  const answer = blocks[index + 1]?.text
  return language === 'sh' && text.includes('curl') && answer !== undefined ? [{ command: text, answer }] : []
})

/** What differs from run to run. */
const steady = (text: string): string =>
  text
    .replaceAll(/run_[0-9a-f]{32}/g, 'run_…')
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"(time)"')
    .trim()

test('the README has the commands it promises', () => {
  expect(examples).toHaveLength(2)
})

test.each(examples)('the README’s command gives the answer printed below it: $command', async ({ command, answer }) => {
  await using service = await startService()
  const script = command.replace(/^export KEY=.*$/m, '').replaceAll('http://127.0.0.1:8000', service.url)
  const child = Bun.spawn(['bash', '-euc', script], {
    env: { ...process.env, KEY: service.key },
    stdout: 'pipe',
    stderr: 'inherit',
  })
  expect(steady(await new Response(child.stdout).text())).toBe(steady(answer))
  expect(await child.exited).toBe(0)
})

test('every link of the README and the docs leads to a file', async () => {
  const pages = ['README.md', 'CONTRIBUTING.md', ...new Bun.Glob('docs/**/*.md').scanSync(root)]
  const missing: string[] = []
  for (const page of pages) {
    const text = await Bun.file(join(root, page)).text()
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      const path = join(root, page, '..', target)
      if (!existsSync(path)) missing.push(`${page}: ${target}`)
    }
  }
  expect(missing).toEqual([])
})
