// `bun run console:shots` takes the pictures of docs/console: of a service of its own, with a little of everything in it.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { startFurnished } from '../tests/console/furnished.ts'
import { openConsole } from '../tests/console/stage.ts'
import { startBrowser, type TestPage } from '../tests/support/browser.ts'

const folder = resolve(import.meta.dir, '../docs/console')
await mkdir(folder, { recursive: true })
await using furnished = await startFurnished()
const { stage, paths, waiting } = furnished
await using browser = await startBrowser()
const picturesPage = await browser.open('about:blank')

const desktop = { viewport: { width: 1280, height: 860 } }
const phone = { viewport: { width: 390, height: 780 } }
const dark = { colorScheme: 'dark' as const }
const chinese = { locale: 'zh-CN' }

const pages = {
  overview: '',
  runs: '/runs',
  run: paths['/runs/:id'] ?? '',
  playground: '/playground?agent=echo',
  approvals: '/approvals',
  threads: '/threads',
  agents: '/agents',
  agent: paths['/agents/:name'] ?? '',
  schedules: '/schedules',
  jobs: '/jobs',
  webhooks: '/webhooks',
  usage: '/usage',
  keys: '/keys',
  audit: '/audit',
  backups: '/backups',
  system: '/system',
  logs: '/logs',
}
const pictures = [
  ...Object.entries(pages).flatMap(([name, path]) => [
    { name, path, options: desktop },
    { name: `${name}-phone`, path, options: phone },
  ]),
  { name: 'run-dark', path: pages.run, options: { ...desktop, ...dark } },
  { name: 'overview-dark', path: '', options: { ...desktop, ...dark } },
  { name: 'runs-zh', path: '/runs', options: { ...desktop, ...chinese } },
  { name: 'approvals-zh-phone', path: '/approvals', options: { ...phone, ...chinese, ...dark } },
]
const [only] = process.argv.slice(2)
for (const { name, path, options } of pictures.filter(({ name }) => only === undefined || name.startsWith(only))) {
  await using page = await openConsole(browser, stage.service, path, options)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page
    .getByText(/^(Loading …|加载中……)$/)
    .first()
    .waitFor({ state: 'detached' })
  if (path === pages.run) await page.getByText(waiting).first().waitFor()
  if (path === pages.playground) await talk(page)
  await page.evaluate('document.fonts.ready')
  const picture = await small(await page.screenshot())
  await Bun.write(join(folder, `${name}.webp`), picture)
  console.log(`${name}.webp ${Math.round(picture.length / 1024)} KB`)
}

async function talk(page: TestPage): Promise<void> {
  await page.getByLabel('Message').fill('Is anybody there?')
  await page.keyboard.press('Enter')
  await page.locator('.said').waitFor()
  await page.getByRole('button', { name: 'Send' }).waitFor()
  await page.getByText('The same from your own program').click()
}

/** As WebP, which the browser writes: a third of a PNG. */
async function small(png: Buffer): Promise<Buffer> {
  const written = await picturesPage.evaluate<string>(`(async () => {
    const bitmap = await createImageBitmap(await (await fetch('data:image/png;base64,${png.toString('base64')}')).blob())
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    canvas.getContext('2d').drawImage(bitmap, 0, 0)
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/webp', quality: 0.75 })).arrayBuffer())
    return bytes.toBase64()
  })()`)
  return Buffer.from(written, 'base64')
}
