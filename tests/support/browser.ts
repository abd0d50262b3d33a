import { type Browser, chromium, type Page } from 'playwright-core'
import { findChromium, howToGetChromium } from '../../scripts/services/chromium.ts'

const program = await findChromium()
if (program === null) {
  // Skipping would hide there that nothing was tested.
  if (process.env.CI) throw new Error(howToGetChromium)
  console.warn(howToGetChromium)
}

/** Without one the reason is told once, and tests that need it are skipped. */
export const hasBrowser = program !== null

/** A real Chromium. */
export interface TestBrowser extends AsyncDisposable {
  /** A page of its own, with nothing of the others kept. */
  open(url: string, options?: Parameters<Browser['newContext']>[0]): Promise<TestPage>
}

export type TestPage = Page & AsyncDisposable & { faults: string[] }

export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({
    ...(program !== null && { executablePath: program }),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
  return {
    async open(url, options) {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      // What the page itself did wrong.
      const faults: string[] = []
      page.on('pageerror', error => faults.push(error.message))
      await page.goto(url)
      return Object.assign(page, { faults, [Symbol.asyncDispose]: () => context.close() })
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
