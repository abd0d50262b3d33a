import { expect, setDefaultTimeout, test } from 'bun:test'
import { callOf, must, type RunView } from '../../api/stage.ts'
import { createDatabase, engines } from '../../support/database.ts'
import { startFakeProvider } from '../../support/provider/server.ts'
import { type Service, startService } from '../../support/service.ts'
import { connectModern, connectSessions } from './client.ts'

setDefaultTimeout(120_000)

const text = ['one ', 'two ', 'three']

/** A client's way to wherever the service is now; it waits while there is none. */
function wayTo(place: { current: Promise<Service> }, asked: { method: string; lastEventId: string | null }[]) {
  return async (url: string | URL, init: RequestInit = {}) => {
    const { method = 'GET', headers } = init
    asked.push({ method, lastEventId: new Headers(headers).get('last-event-id') })
    const service = await place.current
    return fetch(service.url + new URL(url).pathname, init)
  }
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const)
  test.each(engines)(
    `a call on %s is answered after its service was ended by ${signal}, as if it had not`,
    async engine => {
      await using database = await createDatabase(engine)
      const provider = await startFakeProvider()
      const env = {
        DATABASE_URL: database.url,
        FAKE_BASE_URL: provider.baseUrl,
        LEASE_SECONDS: '5',
        DRAIN_SECONDS: '1',
      }
      provider.script('m', [{ text, hold: true }, { text }])
      const first = await startService({ env })
      await must(201, callOf(first)('POST', '/v1/agents', { name: 'm', model: 'fake/m' }))
      const place = { current: Promise.resolve(first) }
      const asked: Parameters<typeof wayTo>[1] = []
      const mcp = await connectSessions(first, { fetch: wayTo(place, asked) })
      const told: { progress: number; message?: string | undefined }[] = []
      const calling = mcp.call(
        'm',
        { input: 'go' },
        { onprogress: progress => void told.push(progress), timeout: 100_000 },
      )
      ;(await provider.request('m', 1)).release(1)
      while (told.length < 3) await Bun.sleep(5)
      const next = Promise.withResolvers<Service>()
      place.current = next.promise
      await first.stop(signal)
      await first[Symbol.asyncDispose]()
      await using second = await startService({ env })
      next.resolve(second)
      const result = await calling
      expect(result.text).toBe(text.join(''))
      expect(asked.some(({ method, lastEventId }) => method === 'GET' && lastEventId !== null)).toBe(true)
      // Each thing once, also what was told before.
      const numbers = told.map(({ progress }) => progress)
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
      expect(told.filter(({ message }) => message === 'Step 1: the model is asked.')).toHaveLength(2)
      const run = await must(200, callOf(second)<RunView>('GET', `/v1/runs/${result.meta['bunkhouse/run_id']}`))
      expect(run.body).toMatchObject({ status: 'completed', output: text.join('') })
      await mcp[Symbol.asyncDispose]()
      await provider.stop()
    },
  )

test.each(engines)(
  'a call of 2026-07-28 on %s that goes on alone is repeated by its key after SIGKILL',
  async engine => {
    await using database = await createDatabase(engine)
    const provider = await startFakeProvider()
    const env = { DATABASE_URL: database.url, FAKE_BASE_URL: provider.baseUrl, LEASE_SECONDS: '5' }
    provider.script('m', [{ text, hold: true }, { text }])
    await using first = await startService({ env })
    await must(201, callOf(first)('POST', '/v1/agents', { name: 'm', model: 'fake/m' }))
    const meta = { 'bunkhouse/idempotency_key': 'k', 'bunkhouse/on_disconnect': 'continue' }
    const mcp = await connectModern(first)
    const lost = mcp.call('m', { input: 'go' }, { meta }).then(
      () => 'answered',
      () => 'lost',
    )
    ;(await provider.request('m', 1)).release(1)
    await first.stop('SIGKILL')
    expect(await lost).toBe('lost')
    await using second = await startService({ env })
    await using again = await connectModern(second)
    const result = await again.call('m', { input: 'go' }, { meta })
    expect(result.text).toBe(text.join(''))
    const list = await must(200, callOf(second)<{ data: RunView[] }>('GET', '/v1/runs?agent=m'))
    expect(list.body.data).toHaveLength(1)
    await provider.stop()
  },
)

test('a call whose connection is cut goes on, and is read on by its client', async () => {
  await using database = await createDatabase('sqlite')
  const provider = await startFakeProvider()
  await using service = await startService({ env: { DATABASE_URL: database.url, FAKE_BASE_URL: provider.baseUrl } })
  provider.script('m', [{ text, hold: true }])
  await must(201, callOf(service)('POST', '/v1/agents', { name: 'm', model: 'fake/m' }))
  const cut = new AbortController()
  const asked: string[] = []
  const mcp = await connectSessions(service, {
    fetch: async (url, init = {}) => {
      const isCall = typeof init.body === 'string' && init.body.includes('tools/call')
      asked.push(init.method ?? 'GET')
      const response = await fetch(url, init)
      if (!isCall || !response.body) return response
      // Only what it reads breaks: the request itself stays whole.
      const broken = response.body.pipeThrough(new TransformStream(), { signal: cut.signal })
      return new Response(broken, { status: response.status, headers: response.headers })
    },
  })
  const calling = mcp.call('m', { input: 'go' })
  const exchange = await provider.request('m', 1)
  exchange.release(1)
  cut.abort()
  while (asked.filter(method => method === 'GET').length < 2) await Bun.sleep(5)
  exchange.release(2)
  expect((await calling).text).toBe(text.join(''))
  expect(provider.requests('m')).toHaveLength(1)
  await mcp[Symbol.asyncDispose]()
  await provider.stop()
})
