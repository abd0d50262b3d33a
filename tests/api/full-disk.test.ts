import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type FakeProvider, startFakeProvider } from '../support/provider/server.ts'
import { type Service, startService } from '../support/service.ts'
import { mountTinyDisk, type TinyDisk } from '../support/tiny-disk.ts'
import { EventStream } from './event-stream.ts'
import { type Call, callOf, must, type PageView, type RunView, runBody } from './stage.ts'

const probe = await mountTinyDisk(1)
await probe?.[Symbol.asyncDispose]()
if (!probe) console.warn('SKIPPED: the tests of a full disk need the right to mount one.')

describe.skipIf(!probe)('a full disk', () => {
  setDefaultTimeout(60_000)
  let disk: TinyDisk
  let provider: FakeProvider
  let service: Service
  let call: Call

  const start = async () => {
    const env = { DATABASE_URL: `sqlite:${disk.path}/bunkhouse.db`, FAKE_BASE_URL: provider.baseUrl }
    service = await startService({ env })
    call = callOf(service)
  }
  beforeAll(async () => {
    const mounted = await mountTinyDisk(4)
    if (!mounted) throw new Error('It could be mounted a moment ago.')
    disk = mounted
    provider = await startFakeProvider()
    await start()
    await must(201, call('POST', '/v1/agents', { name: 'held', model: 'fake/held' }))
  })
  afterAll(async () => {
    await service?.[Symbol.asyncDispose]()
    await provider?.stop()
    await disk?.[Symbol.asyncDispose]()
  })

  const create = (body: object = {}) => call<RunView>('POST', '/v1/runs', runBody(body))
  const finished = async (id: string) => (await must(200, call<RunView>('GET', `/v1/runs/${id}/wait`))).body
  const all = async () => (await must(200, call<PageView<RunView>>('GET', '/v1/runs?limit=500'))).body.data
  /** Fills the disk, and then the pages that the database had to spare. Returns the runs that still found room. */
  const fill = async (): Promise<RunView[]> => {
    await disk.fill()
    const accepted: RunView[] = []
    for (;;) {
      const { status, body } = await create({ input: 'x'.repeat(10_000), delay_seconds: 3_600 })
      if (status !== 202) return accepted
      accepted.push(body)
    }
  }

  test('writes answer 507, and reads still work', async () => {
    const { id } = (await must(202, create({ input: 'before' }))).body
    const before = await finished(id)
    const accepted = await fill()
    for (const answer of await Promise.all([
      call('POST', '/v1/runs', runBody({ input: 'x'.repeat(10_000) })),
      call('POST', '/v1/runs/wait', runBody({ input: 'x'.repeat(10_000) })),
      call('POST', '/v1/runs/stream', runBody({ input: 'x'.repeat(10_000) })),
      call('POST', '/chat', { message: 'x'.repeat(10_000) }),
      call('POST', '/v1/threads', { metadata: { text: 'x'.repeat(10_000) } }),
      call('POST', '/v1/agents', { name: 'large', model: 'a/b', instructions: 'x'.repeat(10_000) }),
    ])) {
      expect(answer.status).toBe(507)
      expect(answer.body).toMatchObject({ code: 'storage_full', detail: 'The disk is full: nothing was stored.' })
    }
    expect((await must(200, call<RunView>('GET', `/v1/runs/${id}`))).body).toEqual(before)
    expect((await call('GET', `/v1/runs/${id}/events`)).status).toBe(200)
    expect((await all()).map(run => run.id)).toEqual([...accepted.reverse().map(run => run.id), id])
    expect((await call('GET', '/health')).status).toBe(200)
    await disk.clear()
  })

  test('when there is space again it works again, without a restart', async () => {
    await fill()
    await disk.clear()
    const { id } = (await must(202, create({ input: 'after' }))).body
    expect(await finished(id)).toMatchObject({ status: 'completed', output: 'after' })
  })

  test('a run under way waits for space and loses nothing', async () => {
    provider.script('held', [{ text: ['before ', 'x'.repeat(20_000), ' after'], hold: true }])
    const { id } = (await must(202, create({ agent: 'held' }))).body
    const exchange = await provider.request('held', 1)
    const stream = new EventStream(await service.request('GET', `/v1/runs/${id}/stream`))
    exchange.release(1)
    await stream.until('text.delta')
    await fill()
    exchange.release()
    await service.said('events cannot be stored now')
    expect(await exchange.ended()).toBe('answered')
    expect((await must(200, call<RunView>('GET', `/v1/runs/${id}`))).body).toMatchObject({ status: 'running' })
    await disk.clear()
    const output = `before ${'x'.repeat(20_000)} after`
    expect(await finished(id)).toMatchObject({ status: 'completed', attempt: 1, output })
    const frames = await stream.all()
    expect(stream.text()).toBe(output)
    expect(frames.map(frame => frame.id)).toEqual(frames.map((_, index) => index + 1))
    expect(provider.requests('held')).toHaveLength(1)
  })

  test('of many runs at once each is accepted whole or refused whole', async () => {
    await disk.fill()
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => create({ input: `${index} ${'y'.repeat(9_000)}`, metadata: { index } })),
    )
    const { accepted = [], refused = [] } = Object.groupBy(answers, ({ status }) =>
      status === 202 ? 'accepted' : 'refused',
    )
    for (const { status } of refused) expect(status).toBe(507)
    expect(refused.length).toBeGreaterThan(0)
    await disk.clear()
    for (const { body } of accepted) {
      expect(await finished(body.id)).toMatchObject({ status: 'completed', output: body.input })
    }
    const stored = (await all()).filter(run => 'index' in run.metadata)
    expect(stored.map(run => run.id).sort()).toEqual(accepted.map(({ body }) => body.id).sort())
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)('what was accepted is there after %s on a full disk', async signal => {
    const { id } = (await must(202, create({ input: 'kept' }))).body
    await finished(id)
    const accepted = await fill()
    expect(await service.stop(signal)).toBe(signal === 'SIGTERM' ? 0 : null)
    await disk.clear()
    await start()
    expect(await finished(id)).toMatchObject({ status: 'completed', output: 'kept' })
    const ids = (await all()).map(run => run.id)
    for (const run of accepted) expect(ids).toContain(run.id)
  })
})
