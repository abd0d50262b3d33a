import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { startService } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

const root = join(import.meta.dir, '../..')

test('the program of the page about OpenAI’s clients prints the answer', async () => {
  const page = await Bun.file(join(root, 'docs/openai.md')).text()
  const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? []
  await using service = await startService()
  using files = temporaryFiles({ 'ask.ts': program.replace('http://127.0.0.1:8000', service.url) })
  const child = Bun.spawn([process.execPath, join(files.path, 'ask.ts')], {
    // Where the package is.
    env: { PATH: process.env.PATH, KEY: service.key, NODE_PATH: join(root, 'node_modules') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()])
  expect({ stdout, stderr }).toEqual({ stdout: 'hello', stderr: '' })
})
