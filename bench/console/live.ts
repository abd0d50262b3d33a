import { openConsole } from '../../tests/console/stage.ts'
import type { TestBrowser, TestPage } from '../../tests/support/browser.ts'
import type { Report } from '../report.ts'
import { benchKey, type Service } from '../service.ts'
import { type Point, slope } from '../statistics.ts'
import type { TokenPlan } from '../streams/token.ts'

/** Between two readings of a page. */
const everyMs = 3_000
/** Of the tokens of a run, in an hour of real time and here. */
const tokensASecond = { real: 10, here: 200 }
const looks = 20

interface What {
  subject: string
  minutes: number
}

/**
 * An hour of readings: the page's own clock is put forward to each of them, once the one before has been answered. With
 * each there is a new run, so that what is shown changes.
 */
export async function measureRefetches(
  report: Report,
  service: Service,
  browser: TestBrowser,
  { subject, path, minutes }: What & { path: string },
): Promise<void> {
  await using page = await openPage(browser, service, path)
  await page.clock.install()
  const heap = await heapOf(page)
  const steps = (minutes * 60_000) / everyMs
  let answers = 0
  page.on('response', response => {
    if (response.url().includes('/v1/runs?')) answers++
  })
  for (let step = 0; step < steps; step++) {
    await service.request('POST', '/v1/runs/wait', { agent: 'echo', input: `Another question ${step}` })
    const before = answers
    while (answers === before) {
      await page.clock.fastForward(everyMs)
      await Promise.race([page.waitForResponse(response => response.url().includes('/v1/runs?')), Bun.sleep(200)])
    }
    if (step % Math.ceil(steps / looks) === 0) await heap.look((step * everyMs) / 60_000)
  }
  await heap.look(minutes)
  report.add(subject, 'readings of its list', answers, '')
  heap.tell(report, subject)
}

/** An hour of a run that says ten tokens a second, streamed twenty times as fast. */
export async function measureStream(
  report: Report,
  service: Service,
  browser: TestBrowser,
  { subject, minutes }: What,
): Promise<void> {
  const tokens = minutes * 60 * tokensASecond.real
  const plan: TokenPlan = { epoch: Date.now(), firstAtMs: 500, everyMs: 1_000 / tokensASecond.here, tokens }
  const made = await service.request('POST', '/v1/runs', { agent: 'tokens', input: JSON.stringify(plan) })
  const { id } = (await made.json()) as { id: string } // of our own service
  await using page = await openPage(browser, service, `/runs/${id}`)
  const heap = await heapOf(page)
  const over = page.locator('.status', { hasText: 'completed' }).first()
  const begun = Date.now()
  while (!(await over.isVisible())) {
    await heap.look(((Date.now() - begun) / 60_000) * (tokensASecond.here / tokensASecond.real))
    await Promise.race([
      over.waitFor({ timeout: 0 }),
      Bun.sleep((minutes * 60_000 * tokensASecond.real) / tokensASecond.here / looks),
    ])
  }
  await heap.look(minutes)
  report.add(subject, 'tokens', tokens, '')
  heap.tell(report, subject)
}

async function openPage(browser: TestBrowser, { port }: Service, path: string): Promise<TestPage> {
  const page = await openConsole(browser, { url: `http://127.0.0.1:${port}`, key: benchKey }, path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return page
}

/** What a page’s objects hold after everything that can be collected was. */
async function heapOf(page: TestPage) {
  const session = await page.context().newCDPSession(page)
  const points: Point[] = []
  const look = async (minute: number): Promise<void> => {
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    points.push([minute, usedSize / 1e6])
  }
  const tell = (report: Report, subject: string): void => {
    const sizes = points.map(([, size]) => size)
    report.add(subject, 'heap at the start', sizes[0] ?? Number.NaN, 'MB')
    report.add(subject, 'heap at most', Math.max(...sizes), 'MB')
    report.add(subject, 'heap at the end', sizes.at(-1) ?? Number.NaN, 'MB')
    report.add(
      subject,
      'heap grows by, in the second half',
      slope(points.slice(Math.floor(points.length / 2))) * 60,
      'MB/h',
    )
  }
  await session.send('HeapProfiler.enable')
  await look(0)
  return { look, tell }
}
