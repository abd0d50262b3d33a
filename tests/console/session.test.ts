import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { callOf, must, type ProblemView, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { startService } from '../support/service.ts'

setDefaultTimeout(60_000)

const own = { 'x-bunkhouse-console': '1' }
const cookieOf = (answer: { headers: Headers }): string =>
  /^bunkhouse_session=[^;]*/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? ''

describe.each(engines)('signing in to the console on %s', engine => {
  const stage = useStage(engine)
  /** As a browser asks, which has no key. */
  const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) => {
    const answer = await fetch(stage().service.url + path, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    // Safe: a test looks at what is in it.
    const parsed = (/json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : text) as ProblemView
    return { status: answer.status, headers: answer.headers, body: parsed }
  }
  const signIn = (key = stage().service.key) => ask('POST', '/console/session', own, { key })

  test('gives a browser a session that no script reads and no other site sends, and not the key', async () => {
    const answer = await signIn()
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ key_id: 'key_configured', tenant_id: 'default', scopes: ['admin'] })
    const cookie = answer.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^bunkhouse_session=bhs_[A-Za-z0-9]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/)
    expect(cookie).not.toContain(stage().service.key)
    const session = { cookie: cookieOf(answer) }
    expect((await ask('GET', '/v1/runs', session)).status).toBe(200)
    expect((await ask('GET', '/console/session', session)).body).toMatchObject({ key_id: 'key_configured' })
  })

  test('changes nothing for a page of another site', async () => {
    const session = { cookie: cookieOf(await signIn()) }
    const run = { agent: 'echo', input: 'x' }
    expect((await ask('POST', '/v1/runs', session, run)).status).toBe(403)
    expect((await ask('POST', '/v1/runs', { ...session, ...own, 'sec-fetch-site': 'cross-site' }, run)).status).toBe(
      403,
    )
    expect((await ask('GET', '/v1/runs', { ...session, 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect((await ask('POST', '/console/session', { 'sec-fetch-site': 'cross-site' }, { key: 'x' })).status).toBe(403)
    const mine = { ...session, ...own, 'sec-fetch-site': 'same-origin' }
    expect((await ask('POST', '/v1/runs', mine, run)).status).toBe(202)
  })

  test('lets nobody in by a wrong key, a wrong session, or none', async () => {
    expect(await signIn('bh_wrong')).toMatchObject({ status: 401, body: { code: 'unauthorized' } })
    expect((await ask('POST', '/console/session', own, { setup: 'x' })).status).toBe(401)
    expect((await ask('POST', '/console/session', own, {})).status).toBe(422)
    for (const cookie of ['', 'bunkhouse_session=x', `bunkhouse_session=bhs_${'A'.repeat(43)}`]) {
      expect((await ask('GET', '/v1/runs', { cookie })).status).toBe(401)
      expect((await ask('GET', '/console/session', { cookie })).status).toBe(401)
    }
  })

  test('may what its key may, for as long as that is good', async () => {
    const made = await must(
      201,
      stage().call<{ id: string; key: string }>('POST', '/v1/keys', { name: 'reader', scopes: ['runs:read'] }),
    )
    const session = { cookie: cookieOf(await signIn(made.body.key)), ...own }
    expect((await ask('GET', '/v1/runs', session)).status).toBe(200)
    expect((await ask('GET', '/v1/agents', session)).status).toBe(403)
    await must(204, stage().call('DELETE', `/v1/keys/${made.body.id}`))
    expect((await ask('GET', '/v1/runs', session)).status).toBe(401)
  })

  test('ends by signing out', async () => {
    const session = { cookie: cookieOf(await signIn()), ...own }
    const out = await ask('DELETE', '/console/session', session)
    expect(out.status).toBe(204)
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0')
    expect((await ask('GET', '/v1/runs', session)).status).toBe(401)
  })

  test('is served with nothing of other hosts, and in no frame', async () => {
    const page = await fetch(`${stage().service.url}/console/runs/run_1`)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[^']+'; /)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    const html = await page.text()
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| style=|https?:\/\//)
    const [, script = ''] = /src="([^"]+)"/.exec(html) ?? []
    const asset = await fetch(stage().service.url + script, { headers: { 'accept-encoding': 'gzip' } })
    expect(asset.headers.get('cache-control')).toContain('immutable')
    expect(asset.headers.get('content-type')).toContain('javascript')
    expect((await fetch(`${stage().service.url}/console/assets/other.js`)).status).toBe(404)
  })
})

test('a first start prints a link that signs in one browser, once', async () => {
  await using service = await startService({ env: { BUNKHOUSE_API_KEY: undefined } })
  await service.said('/console#setup=')
  const [, setup = ''] = /\/console#setup=(\w+)/.exec(service.output()) ?? []
  const redeem = () =>
    fetch(`${service.url}/console/session`, {
      method: 'POST',
      headers: { ...own, 'content-type': 'application/json' },
      body: JSON.stringify({ setup }),
    })
  const first = await redeem()
  expect(first.status).toBe(200)
  const answer = await fetch(`${service.url}/v1/keys`, { headers: { cookie: cookieOf(first) } })
  expect(answer.status).toBe(200)
  expect((await redeem()).status).toBe(401)
  // It is no session, and no key.
  expect((await fetch(`${service.url}/v1/keys`, { headers: { cookie: `bunkhouse_session=${setup}` } })).status).toBe(
    401,
  )
  expect((await fetch(`${service.url}/v1/keys`, { headers: { authorization: `Bearer ${setup}` } })).status).toBe(401)
})

test('a service without a console has none', async () => {
  await using service = await startService({ env: { CONSOLE: 'off' } })
  const call = callOf(service)
  expect((await call('GET', '/console')).status).toBe(404)
  expect((await fetch(`${service.url}/console`)).status).toBe(401)
  expect((await call('POST', '/console/session', { key: service.key })).status).toBe(404)
})
