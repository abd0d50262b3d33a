import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import type { TestBrowser, TestPage } from '../support/browser.ts'
import type { Service } from '../support/service.ts'

type Where = Pick<Service, 'url' | 'key'>
type Options = Parameters<TestBrowser['open']>[1]

/** A page of the console, signed in with the service's key as one signs in by hand. */
export async function openConsole(
  browser: TestBrowser,
  { url, key }: Where,
  path = '',
  options: Options = {},
): Promise<TestPage> {
  const page = await browser.open(`${url}/console${path}`, { locale: 'en-GB', ...options })
  await page.getByRole('textbox', { name: /key|密钥/i }).fill(key)
  await page.keyboard.press('Enter')
  await page.locator('#content').waitFor()
  return page
}

/** What stands in the way of people who see, hear or move otherwise, by axe’s rules: one line each. */
export async function accessFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
}

/** Whether the page has to be scrolled sideways. */
export const isWiderThanWindow = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
