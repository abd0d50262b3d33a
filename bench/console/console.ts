import { copyFile, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openConsole } from '../../tests/console/stage.ts'
import { startBrowser, type TestBrowser } from '../../tests/support/browser.ts'
import type { Bench, BenchFlags } from '../bench.ts'
import { temporaryFolder } from '../folder.ts'
import type { Report } from '../report.ts'
import { benchKey, type Service, startService } from '../service.ts'
import { median } from '../statistics.ts'
import { measureRefetches, measureStream } from './live.ts'

const opens = 11

export const consoleBench: Bench = {
  name: 'console',
  summary:
    'The console in Chromium: size of its scripts, first paint, and what its heap holds after an hour of updates.',
  flags: { quick: { type: 'boolean' } },
  help: '  --quick       a minute of updates instead of an hour',
  floors: [
    { subject: 'sign-in page', metric: 'scripts, compressed', most: 250 },
    { subject: 'overview, signed in', metric: 'scripts, compressed', most: 250 },
    { subject: 'sign-in page', metric: 'first paint, median', most: 300 },
    { subject: 'overview, signed in', metric: 'first paint, median', most: 300 },
    { subject: 'overview', metric: 'heap at the end', most: 60 },
    { subject: 'list of runs', metric: 'heap at the end', most: 60 },
    { subject: 'a run that streams', metric: 'heap at the end', most: 60 },
  ],
  run,
}

async function run(report: Report, { said }: BenchFlags): Promise<void> {
  const minutes = said.has('quick') ? 1 : 60
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'agents'))
  await copyFile(resolve(import.meta.dir, '../streams/token-agent.ts'), join(folder.path, 'agents/tokens.ts'))
  const env = { DATABASE_URL: `sqlite:${join(folder.path, 'bunkhouse.db')}` }
  await using service = await startService({ folder: folder.path, env })
  await using browser = await startBrowser()
  for (let made = 0; made < 500; made++) {
    await service.request('POST', '/v1/runs/wait', { agent: 'echo', input: `Question ${made}` })
  }
  await measureOpening(report, service, browser)
  await measureRefetches(report, service, browser, { subject: 'overview', path: '', minutes })
  await measureRefetches(report, service, browser, { subject: 'list of runs', path: '/runs', minutes })
  await measureStream(report, service, browser, { subject: 'a run that streams', minutes })
}

const scriptBytes = `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
  .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`
const firstPaint = `performance.getEntriesByName('first-contentful-paint')[0]?.startTime`

/** Each time a browser that has nothing of it yet. */
async function measureOpening(report: Report, { port }: Service, browser: TestBrowser): Promise<void> {
  const url = `http://127.0.0.1:${port}`
  await using signedIn = await openConsole(browser, { url, key: benchKey })
  const storageState = await signedIn.context().storageState()
  const ways = [
    { subject: 'sign-in page', options: { locale: 'en-GB' }, shows: 'Key' },
    { subject: 'overview, signed in', options: { locale: 'en-GB', storageState }, shows: 'Succeeded' },
  ]
  for (const { subject, options, shows } of ways) {
    const paints: number[] = []
    const contents: number[] = []
    for (let opened = 0; opened < opens; opened++) {
      const begun = performance.now()
      await using page = await browser.open(`${url}/console`, options)
      await page.getByText(shows, { exact: true }).first().waitFor()
      contents.push(performance.now() - begun)
      paints.push(await page.evaluate<number>(firstPaint))
      if (opened === 0)
        report.add(subject, 'scripts, compressed', (await page.evaluate<number>(scriptBytes)) / 1024, 'KB')
    }
    report.add(subject, 'first paint, median', median(paints), 'ms')
    report.add(subject, 'first paint, slowest', Math.max(...paints), 'ms')
    report.add(subject, 'until its content is there, new browser context and all, median', median(contents), 'ms')
  }
}
