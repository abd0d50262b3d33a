import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Service, startService } from '../support/service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service[Symbol.asyncDispose]())

test('the page comes without a key, with all that it loads', async () => {
  const page = await fetch(`${service.url}/swagger`)
  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toStartWith('text/html')
  const addresses = await addressesOf(page)
  expect(addresses).toEqual(
    expect.arrayContaining(['swagger/assets/swagger-ui-bundle.js', 'swagger/assets/swagger-ui.css']),
  )
  for (const address of [...addresses, 'swagger/json']) {
    const answer = await fetch(new URL(address, page.url))
    expect({ address, status: answer.status }).toEqual({ address, status: 200 })
    expect(await answer.bytes()).not.toBeEmpty()
  }
})

test('the page names no other host, and forbids to load from any', async () => {
  const page = await fetch(`${service.url}/swagger`)
  expect(await page.text()).not.toMatch(/(https?:)?\/\/\w/)
  expect(page.headers.get('content-security-policy')).toStartWith("default-src 'none';")
  expect(page.headers.get('content-security-policy')).not.toMatch(/https?:|\*|script-src [^;]*unsafe/)
})

test('the page allows the scripts in it by their digests', async () => {
  const page = await fetch(`${service.url}/swagger`)
  const scripts = [...(await page.text()).matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) => script ?? '')
  expect(scripts).not.toBeEmpty()
  for (const script of scripts) {
    const digest = new Bun.CryptoHasher('sha256').update(script).digest('base64')
    expect(page.headers.get('content-security-policy')).toContain(`'sha256-${digest}'`)
  }
})

test('the page is where /swagger/ leads to, as its addresses are relative', async () => {
  const answer = await fetch(`${service.url}/swagger/`, { redirect: 'manual' })
  expect(answer.status).toBe(308)
  expect(new URL(answer.headers.get('location') ?? '', answer.url).pathname).toBe('/swagger')
})

test('the page has its scripts compressed only for those who accept it', async () => {
  const read = (accept: string) =>
    fetch(`${service.url}/swagger/assets/swagger-ui-bundle.js`, { headers: { 'accept-encoding': accept } })
  const [plain, compressed] = await Promise.all([read('identity'), read('gzip')])
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(compressed.headers.get('content-encoding')).toBe('gzip')
  expect(await compressed.text()).toBe(await plain.text())
})

test('the page has no other files', async () => {
  for (const name of ['package.json', '..%2fpackage.json', 'constructor']) {
    expect((await fetch(`${service.url}/swagger/assets/${name}`)).status).toBe(404)
  }
})

test('the page is not there with DOCS=off, nor are the document and the files', async () => {
  await using hidden = await startService({ env: { DOCS: 'off' } })
  for (const path of ['/swagger', '/swagger/json', '/swagger/assets/swagger-ui.css']) {
    expect((await fetch(hidden.url + path)).status).toBe(401)
    expect((await hidden.request('GET', path)).status).toBe(404)
  }
})

async function addressesOf(page: Response): Promise<string[]> {
  const addresses: string[] = []
  const collect = (attribute: string) => ({
    element(element: HTMLRewriterTypes.Element) {
      addresses.push(element.getAttribute(attribute) ?? '')
    },
  })
  const rewriter = new HTMLRewriter().on('script[src]', collect('src')).on('link[href]', collect('href'))
  await rewriter.transform(page).text()
  return addresses
}
