import { describe, expect, test } from 'bun:test'
import { must, type ProblemView, useStage } from '../api/stage.ts'
import { type Caller, callerOf, makeTenant } from './belongings.ts'

/** Statuses of requests one after the other. */
async function statuses({ call }: Pick<Caller, 'call'>, count: number, path = '/v1/runs'): Promise<number[]> {
  const found: number[] = []
  for (let request = 0; request < count; request++) found.push((await call('GET', path)).status)
  return found
}

const allowed = (found: number[]): number => found.filter(status => status === 200).length

describe('the rate limit of keys', () => {
  const perMinute = 6
  const stage = useStage('sqlite', { RATE_LIMIT: String(perMinute) })
  // The configured key has made what a test needs before it runs out.
  const keys = async (count: number, settings: object = {}): Promise<Caller[]> => {
    const made: Caller[] = []
    for (let key = 0; key < count; key++) {
      const body = { name: 'limited', scopes: ['runs:read'], ...settings }
      const { key: secret } = (await must(201, stage().call<{ key: string }>('POST', '/v1/keys', body))).body
      made.push(callerOf(stage().service, secret))
    }
    return made
  }

  test('is told with every answer, and refuses with 429 once it is reached', async () => {
    const [first, second] = await keys(2)
    if (!first || !second) throw new Error('no keys')
    const seen: { status: number; limit: string | null; left: number; policy: string | null; item: string | null }[] =
      []
    let refused: { body: ProblemView; headers: Headers } | undefined
    for (let request = 0; request < perMinute + 1; request++) {
      const { status, headers, body } = await first.call('GET', '/v1/runs')
      seen.push({
        status,
        limit: headers.get('ratelimit-limit'),
        left: Number(headers.get('ratelimit-remaining')),
        policy: headers.get('ratelimit-policy'),
        item: headers.get('ratelimit'),
      })
      expect(Number(headers.get('ratelimit-reset'))).toBeWithin(1, 61)
      if (status === 429) refused = { body, headers }
    }
    expect(seen.map(({ status }) => status)).toEqual([...Array(perMinute).fill(200), 429])
    expect(new Set(seen.map(({ limit, policy }) => `${limit} ${policy}`))).toEqual(
      new Set([`${perMinute} "key";q=${perMinute};w=60`]),
    )
    expect(seen[0]).toMatchObject({ left: perMinute - 1, item: expect.stringMatching(/^"key";r=5;t=\d+$/) })
    expect(seen.map(({ left }) => left)).toEqual([5, 4, 3, 2, 1, 0, 0])
    expect(refused?.body).toMatchObject({
      code: 'rate_limited',
      status: 429,
      detail: `This key may send ${perMinute} requests a minute.`,
    })
    // A minute's worth fills steadily: the next one is there in a sixth of a minute.
    expect(Number(refused?.headers.get('retry-after'))).toBeWithin(1, 11)
    // What one key has used up is not another's.
    expect(allowed(await statuses(second, 2))).toBe(2)
  })

  test('of its own wins, lower or higher', async () => {
    const [few] = await keys(1, { rate_limit: 2 })
    const [many] = await keys(1, { rate_limit: 1_000 })
    if (!few || !many) throw new Error('no keys')
    expect(allowed(await statuses(few, 4))).toBe(2)
    expect(allowed(await statuses(many, 30))).toBe(30)
  })
})

describe('the rate limit of a tenant', () => {
  const stage = useStage('sqlite')

  test('is one for all its keys, and a request that a key’s own limit refuses takes nothing of it', async () => {
    const admin = await makeTenant(stage().service, 'counted')
    const keyOf = async (settings: object) => {
      const body = { name: 'x', scopes: ['runs:read'], ...settings }
      const { key } = (await must(201, admin.call<{ key: string }>('POST', '/v1/keys', body))).body
      return callerOf(stage().service, key)
    }
    const tight = await keyOf({ rate_limit: 1 })
    const free = await keyOf({})
    await must(200, stage().call('PATCH', '/v1/tenants/counted', { rate_limit: 5 }))
    expect(await statuses(tight, 10)).toEqual([200, ...Array(9).fill(429)])
    const { status, headers } = await free.call('GET', '/v1/runs')
    expect({ status, policy: headers.get('ratelimit-policy') }).toEqual({ status: 200, policy: '"tenant";q=5;w=60' })
    expect(allowed(await statuses(free, 10))).toBe(3)
    const { body } = await admin.call('GET', '/v1/runs')
    expect(body.detail).toBe('The keys of this tenant may send 5 requests a minute together.')
    // Others have none.
    expect(allowed(await statuses(stage(), 20))).toBe(20)
    await must(200, stage().call('PATCH', '/v1/tenants/counted', { rate_limit: null }))
    expect(allowed(await statuses(free, 10))).toBe(10)
  })
})

describe('the rate limit of an address', () => {
  const stage = useStage('sqlite', { ADDRESS_RATE_LIMIT: '5', TRUSTED_PROXIES: 'loopback' })
  const from = async (address: string, path: string, headers: Record<string, string> = {}) =>
    (await fetch(stage().service.url + path, { headers: { 'x-forwarded-for': address, ...headers } })).status
  const times = async (count: number, ask: () => Promise<number>) => {
    const found: number[] = []
    for (let request = 0; request < count; request++) found.push(await ask())
    return found
  }

  test('lets the files of the console through, of which its page needs many, and holds for the page', async () => {
    const html = await (await fetch(`${stage().service.url}/console`)).text()
    const [script = ''] = /\/console\/assets\/[^"]+\.js/.exec(html) ?? []
    expect(await times(12, () => from('192.0.2.4', script))).toEqual(Array(12).fill(200))
    expect(await times(7, () => from('192.0.2.4', '/console'))).toEqual([200, 200, 200, 200, 200, 429, 429])
  })

  test('holds for whoever has no good key, and for the open pages', async () => {
    expect(await times(7, () => from('192.0.2.1', '/v1/runs'))).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect(await times(7, () => from('192.0.2.2', '/v1/runs', { 'x-api-key': 'bh_wrong' }))).toEqual([
      401, 401, 401, 401, 401, 429, 429,
    ])
    expect(await times(7, () => from('192.0.2.3', '/swagger/json'))).toEqual([200, 200, 200, 200, 200, 429, 429])
  })

  test('is of a whole household where it is IPv6', async () => {
    for (let host = 1; host <= 5; host++) expect(await from(`2001:db8:1:2::${host}`, '/v1/runs')).toBe(401)
    expect(await from('2001:db8:1:2:ffff::1', '/v1/runs')).toBe(429)
    expect(await from('2001:db8:1:3::1', '/v1/runs')).toBe(401)
  })

  test('does not stop a good key from the same address, nor probes', async () => {
    expect(await times(8, () => from('192.0.2.4', '/v1/runs'))).toContain(429)
    const headers = { 'x-api-key': stage().service.key }
    expect(await times(8, () => from('192.0.2.4', '/v1/runs', headers))).toEqual(Array(8).fill(200))
    expect(await times(8, () => from('192.0.2.4', '/health'))).toEqual(Array(8).fill(200))
    expect(await times(8, () => from('192.0.2.4', '/ready'))).toEqual(Array(8).fill(200))
  })

  test('is counted', async () => {
    const text = await (await stage().service.request('GET', '/metrics')).text()
    expect(text).toMatch(/^bunkhouse_rate_limited_total\{by="address"\} [1-9]/m)
  })
})
