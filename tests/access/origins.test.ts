import { describe, expect, test } from 'bun:test'
import { must, type PageView, runBody, type Stage, useStage } from '../api/stage.ts'

const app = 'https://app.example.com'
const ask = ({ service }: Stage, path: string, init: RequestInit = {}) => fetch(service.url + path, init)

describe('pages of other origins', () => {
  const stage = useStage('sqlite', { CORS_ORIGINS: `${app}, http://localhost:3000` })
  const preflight = (origin: string, path = '/v1/runs', more: Record<string, string> = {}) =>
    ask(stage(), path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
        ...more,
      },
    })

  test('that are configured may call, with their key and without cookies', async () => {
    for (const origin of [app, 'http://localhost:3000']) {
      for (const path of ['/v1/runs', '/chat', '/v1/runs/x/stream']) {
        const { status, headers } = await preflight(origin, path)
        expect(status).toBe(204)
        expect(headers.get('access-control-allow-origin')).toBe(origin)
        expect(headers.get('access-control-allow-methods')).toContain('DELETE')
        expect(headers.get('access-control-allow-headers')).toBe('authorization,content-type,idempotency-key')
        expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(60)
        expect(headers.get('access-control-allow-credentials')).toBe(null)
        expect(headers.get('vary')).toContain('origin')
      }
    }
  })

  test('may read answers, also refusals, with the headers they need', async () => {
    const key = { authorization: `Bearer ${stage().service.key}`, origin: app }
    const answers = [
      await ask(stage(), '/v1/runs', { headers: key }),
      await ask(stage(), '/v1/runs', { headers: { origin: app } }),
      await ask(stage(), '/v1/runs/none', { headers: key }),
      await ask(stage(), '/nothing', { headers: key }),
      await ask(stage(), '/v1/runs/stream', {
        method: 'POST',
        headers: { ...key, 'content-type': 'application/json' },
        body: JSON.stringify(runBody()),
      }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 404, 404, 200])
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe(app)
      expect(headers.get('access-control-expose-headers')).toContain('x-request-id')
      expect(headers.get('access-control-expose-headers')).toContain('ratelimit-remaining')
    }
  })

  test.each([
    'https://evil.example',
    'http://app.example.com',
    'https://app.example.com.evil.example',
    'https://app.example.com:8443',
    'null',
    '*',
    '',
  ])('that are not may not: %j', async origin => {
    const { status, headers } = await preflight(origin)
    expect(status).toBe(401)
    expect(headers.get('access-control-allow-origin')).toBe(null)
    expect(headers.get('access-control-allow-methods')).toBe(null)
    const answer = await ask(stage(), '/v1/runs', { headers: { 'x-api-key': stage().service.key, origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(null)
    // A cache must not give it to an origin that may.
    expect(answer.headers.get('vary')).toContain('origin')
  })

  test('a question with wrong names of headers is answered without them', async () => {
    const { headers } = await preflight(app, '/v1/runs', { 'access-control-request-headers': 'a"b' })
    expect(headers.get('access-control-allow-headers')).toBe(null)
  })

  test('OPTIONS that is no such question needs a key', async () => {
    expect((await ask(stage(), '/v1/runs', { method: 'OPTIONS', headers: { origin: app } })).status).toBe(401)
  })
})

describe('any origin', () => {
  const stage = useStage('sqlite', { CORS_ORIGINS: '*' })

  test('may call where it is set so', async () => {
    const headers = { origin: 'https://anywhere.example', 'x-api-key': stage().service.key }
    const answer = await ask(stage(), '/v1/runs', { headers })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-credentials')).toBe(null)
  })
})

describe('headers that protect', () => {
  const stage = useStage('sqlite')

  test('are on every kind of answer', async () => {
    const key = { 'x-api-key': stage().service.key }
    const json = { ...key, 'content-type': 'application/json' }
    const answers: [number, string, RequestInit][] = [
      [200, '/health', {}],
      [200, '/ready', {}],
      [200, '/swagger', {}],
      [200, '/swagger/json', {}],
      [401, '/v1/runs', {}],
      [200, '/v1/runs', { headers: key }],
      [404, '/v1/runs/none', { headers: key }],
      [404, '/none', { headers: key }],
      [405, '/v1/runs', { method: 'DELETE', headers: key }],
      [422, '/v1/runs', { method: 'POST', headers: json, body: '{}' }],
      [400, '/v1/runs', { method: 'POST', headers: json, body: '{' }],
      [202, '/v1/runs', { method: 'POST', headers: json, body: JSON.stringify(runBody()) }],
      [200, '/v1/runs/stream', { method: 'POST', headers: json, body: JSON.stringify(runBody()) }],
      [200, '/metrics', { headers: key }],
    ]
    for (const [status, path, init] of answers) {
      const answer = await ask(stage(), path, init)
      await answer.body?.cancel()
      expect({ path, status: answer.status }).toEqual({ path, status })
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(answer.headers.get('cache-control')).not.toBe(null)
      expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
      // Whoever says which software it is tells which holes to try.
      expect(answer.headers.get('server')).toBe(null)
      expect(answer.headers.get('x-powered-by')).toBe(null)
      // Nobody but a trusted proxy can say that it came by HTTPS; nothing is said of origins where none is set.
      expect(answer.headers.get('strict-transport-security')).toBe(null)
      expect(answer.headers.get('access-control-allow-origin')).toBe(null)
    }
  })

  test('a header of the client does not come back where it could do harm', async () => {
    const headers = { 'x-api-key': stage().service.key, 'x-request-id': 'a <b>"c"' }
    const answer = await ask(stage(), '/v1/runs/none', { headers })
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
  })
})

interface EntryView {
  address: string
}

/** The address that the audit log has of a request. */
async function addressOf({ call }: Stage, headers: Record<string, string>): Promise<string | undefined> {
  const { body: made } = await must(
    201,
    call<{ id: string }>('POST', '/v1/keys', { name: 'x', scopes: ['runs:read'] }, headers),
  )
  const entries = await must(200, call<PageView<EntryView>>('GET', `/v1/audit?target=${made.id}`))
  return entries.body.data[0]?.address
}

describe('the address of a client', () => {
  const direct = useStage('sqlite')
  const proxied = useStage('sqlite', { TRUSTED_PROXIES: 'loopback,10.0.0.0/8,2001:db8::/32' })
  const forwarded = useStage('sqlite', { TRUSTED_PROXIES: '127.0.0.1', PROXY_HEADER: 'forwarded' })

  test('is the connection’s where no proxy is trusted, whatever the client says', async () => {
    expect(await addressOf(direct(), {})).toBe('127.0.0.1')
    expect(await addressOf(direct(), { 'x-forwarded-for': '192.0.2.9', forwarded: 'for=192.0.2.9' })).toBe('127.0.0.1')
  })

  test.each([
    ['192.0.2.9', '192.0.2.9'],
    // What is further left the client may have written itself.
    ['1.1.1.1, 192.0.2.9', '192.0.2.9'],
    ['1.1.1.1, 192.0.2.9, 10.1.2.3', '192.0.2.9'],
    ['1.1.1.1, 192.0.2.9, 10.1.2.3, 10.9.9.9', '192.0.2.9'],
    ['192.0.2.9:4711', '192.0.2.9'],
    ['[2001:4860::1]:4711', '2001:4860::1'],
    ['2001:4860::1, 2001:db8::5', '2001:4860::1'],
    ['::ffff:192.0.2.9', '192.0.2.9'],
    ['10.0.0.1, 10.0.0.2', '10.0.0.1'],
    // Not an address: nobody further left can be believed.
    ['192.0.2.9, unknown', '127.0.0.1'],
    ['192.0.2.9, ', '127.0.0.1'],
    ['999.1.1.1', '127.0.0.1'],
    ['<script>', '127.0.0.1'],
  ])('is what a trusted proxy has heard from: %j is %s', async (header, address) => {
    expect(await addressOf(proxied(), { 'x-forwarded-for': header })).toBe(address)
    expect(await addressOf(proxied(), { forwarded: `for=${header}` })).toBe('127.0.0.1')
  })

  test.each([
    ['for=192.0.2.9', '192.0.2.9'],
    ['for=1.1.1.1, for=192.0.2.9;proto=https', '192.0.2.9'],
    ['For="[2001:4860::1]:4711";by=10.0.0.1', '2001:4860::1'],
    ['for=_hidden', '127.0.0.1'],
  ])('in the other header where it is set so: %j is %s', async (header, address) => {
    expect(await addressOf(forwarded(), { forwarded: header })).toBe(address)
    expect(await addressOf(forwarded(), { 'x-forwarded-for': '192.0.2.9' })).toBe('127.0.0.1')
  })

  test('HTTPS is kept to where a trusted proxy says that the client speaks it', async () => {
    const hsts = async (stage: Stage, headers: Record<string, string>) =>
      (await ask(stage, '/health', { headers })).headers.get('strict-transport-security')
    expect(await hsts(proxied(), { 'x-forwarded-proto': 'https' })).toMatch(/^max-age=\d+/)
    expect(await hsts(proxied(), { 'x-forwarded-proto': 'http' })).toBe(null)
    expect(await hsts(forwarded(), { forwarded: 'for=192.0.2.9;proto=https' })).toMatch(/^max-age=\d+/)
    expect(await hsts(direct(), { 'x-forwarded-proto': 'https' })).toBe(null)
  })
})
