// `bun run console:shots` takes the pictures of docs/console: of a service of its own, with a little of everything in it.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { startStage } from '../tests/api/stage.ts'
import { openConsole } from '../tests/console/stage.ts'
import { startBrowser } from '../tests/support/browser.ts'

const folder = resolve(import.meta.dir, '../docs/console')
await mkdir(folder, { recursive: true })
await using stage = await startStage('sqlite')
await using browser = await startBrowser()

const visit = {
  name: 'refund',
  description: 'Pays money back.',
  input_schema: { type: 'object', properties: { order: { type: 'string' }, amount: { type: 'number' } } },
  http: { url: 'https://example.com/refund' },
  approval: {},
}
const clerk = await stage.agent(
  [
    { text: 'I will look that up.', toolCalls: [{ name: 'now', input: {} }] },
    { text: 'The order came late.', toolCalls: [{ name: 'refund', input: { order: 'A-1042', amount: 18.5 } }] },
    { text: 'No money was paid back: nobody has agreed.' },
  ],
  { description: 'Answers customers.', instructions: 'Be kind, and check before you pay.', tools: ['now', visit] },
)
const broken = await stage.agent([{ error: { status: 400, message: 'no such model' } }])
for (let made = 0; made < 30; made++) await stage.finished((await stage.run({ input: `Question ${made}` })).id)
await stage.finished((await stage.run({ agent: broken })).id)
await stage.call('POST', '/v1/schedules', { agent: 'echo', input: 'Good morning', cron: '0 9 * * *', name: 'morning' })
const run = await stage.run({ agent: clerk, input: 'My parcel A-1042 came two weeks late.' })

const desktop = { viewport: { width: 1280, height: 860 } }
const phone = { viewport: { width: 390, height: 780 } }
const pictures = [
  { name: 'overview', path: '', options: desktop, sees: 'Runs a minute' },
  { name: 'run-dark', path: `/runs/${run.id}`, options: { ...desktop, colorScheme: 'dark' as const }, sees: 'refund' },
  { name: 'runs-zh', path: '/runs', options: { ...desktop, locale: 'zh-CN' }, sees: run.id },
  { name: 'approvals-phone', path: '/approvals', options: phone, sees: 'A-1042' },
]
for (const { name, path, options, sees } of pictures) {
  await using page = await openConsole(browser, stage.service, path, options)
  await page.getByText(sees).first().waitFor()
  await page.evaluate('document.fonts.ready')
  await page.screenshot({ path: join(folder, `${name}.png`) })
  console.log(`${name}.png`)
}
