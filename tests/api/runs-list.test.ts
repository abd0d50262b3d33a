import { describe, expect, test } from 'bun:test'
import { engines } from '../support/database.ts'
import { allPages, must, type PageView, type RunView, useStage } from './stage.ts'

describe.each(engines)('GET /v1/runs on %s', engine => {
  const stage = useStage(engine)
  const list = async (query: string) =>
    (await must(200, stage().call<PageView<RunView> & { looked_to: string | null }>('GET', `/v1/runs?${query}`))).body

  /** Runs of an agent of their own, in the order of their making. */
  const runsOf = async (agent: string, count: number): Promise<string[]> => {
    const ids: string[] = []
    for (let index = 0; index < count; index++) ids.push((await stage().run({ agent, input: `${index}` })).id)
    await Promise.all(ids.map(id => stage().finished(id)))
    return ids
  }

  test('200 with an empty list while there is none', async () => {
    const agent = await stage().agent()
    expect(await list(`agent=${agent}`)).toEqual({
      object: 'list',
      data: [],
      has_more: false,
      next_cursor: null,
      looked_to: null,
    })
  })

  test('the newest come first, or the oldest with order=asc', async () => {
    const agent = await stage().agent()
    const ids = await runsOf(agent, 5)
    expect((await list(`agent=${agent}&order=asc`)).data.map(run => run.id)).toEqual(ids)
    expect((await list(`agent=${agent}`)).data.map(run => run.id)).toEqual([...ids].reverse())
    expect((await list(`agent=${agent}&order=desc`)).data.map(run => run.id)).toEqual([...ids].reverse())
  })

  test('a run is listed as it is read', async () => {
    const agent = await stage().agent()
    const [id] = await runsOf(agent, 1)
    const { body } = await must(200, stage().call<RunView>('GET', `/v1/runs/${id}`))
    expect((await list(`agent=${agent}`)).data).toEqual([body])
  })

  test.each(['asc', 'desc'])('the pages of order=%s hold every run once', async order => {
    const agent = await stage().agent()
    const ids = await runsOf(agent, 7)
    const { items, pages } = await allPages<RunView>(stage().call, `/v1/runs?agent=${agent}&order=${order}&limit=3`)
    expect(items.map(run => run.id)).toEqual(order === 'asc' ? ids : ids.reverse())
    expect(pages).toBe(3)
  })

  test('a last page that is just full has no next one', async () => {
    const agent = await stage().agent()
    await runsOf(agent, 4)
    const { pages } = await allPages(stage().call, `/v1/runs?agent=${agent}&limit=2`)
    expect(pages).toBe(2)
  })

  test('runs made while somebody pages do not disturb the pages', async () => {
    const agent = await stage().agent()
    const ids = await runsOf(agent, 4)
    const first = await list(`agent=${agent}&limit=2`)
    await runsOf(agent, 2)
    const second = await list(`agent=${agent}&limit=2&cursor=${first.next_cursor}`)
    expect([...first.data, ...second.data].map(run => run.id)).toEqual(ids.reverse())
  })

  test('limit is 50 unless said, and may be from 1 to 500', async () => {
    const agent = await stage().agent()
    await Promise.all(Array.from({ length: 51 }, () => stage().run({ agent, delay_seconds: 3_600 })))
    expect((await list(`agent=${agent}`)).data).toHaveLength(50)
    expect((await list(`agent=${agent}&limit=1`)).data).toHaveLength(1)
    expect((await list(`agent=${agent}&limit=500`)).data).toHaveLength(51)
  })

  test('filters by status', async () => {
    const agent = await stage().agent([{ text: 'a' }, { error: { status: 400, message: 'no' } }])
    const completed = await stage().run({ agent })
    await stage().finished(completed.id)
    const failed = await stage().run({ agent })
    await stage().finished(failed.id)
    const queued = await stage().run({ agent, delay_seconds: 3_600 })
    const cancelled = await stage().run({ agent, delay_seconds: 3_600 })
    await must(200, stage().call('POST', `/v1/runs/${cancelled.id}/cancel`))
    const byStatus = { completed, failed, queued, cancelled }
    for (const [status, { id }] of Object.entries(byStatus)) {
      expect((await list(`agent=${agent}&status=${status}`)).data.map(run => run.id)).toEqual([id])
    }
    expect((await list(`agent=${agent}&status=running`)).data).toEqual([])
  })

  test('filters by thread', async () => {
    const thread_id = await stage().thread()
    const run = await stage().run({ thread_id })
    await stage().run({ thread_id: await stage().thread() })
    expect((await list(`thread_id=${thread_id}`)).data.map(({ id }) => id)).toEqual([run.id])
    expect((await list('thread_id=thr_none')).data).toEqual([])
  })

  test('filters by time, from created_after on and until before created_before', async () => {
    const agent = await stage().agent()
    const ids = await runsOf(agent, 3)
    const { created_at } = (await must(200, stage().call<RunView>('GET', `/v1/runs/${ids[1]}`))).body
    const idsOf = async (query: string) => (await list(`agent=${agent}&order=asc&${query}`)).data.map(run => run.id)
    expect(await idsOf(`created_after=${created_at}`)).toContain(ids[1] ?? '')
    expect(await idsOf(`created_before=${created_at}`)).not.toContain(ids[1] ?? '')
    const [after, before] = [await idsOf(`created_after=${created_at}`), await idsOf(`created_before=${created_at}`)]
    expect([...before, ...after]).toEqual(ids)
    expect(await idsOf('created_after=2020-01-01')).toEqual(ids)
    expect(await idsOf('created_before=2020-01-01T00:00:00Z')).toEqual([])
    expect(await idsOf(`created_after=${encodeURIComponent('2020-01-01T00:00:00+02:00')}`)).toEqual(ids)
  })

  test('finds a run by its id and by the beginning of it', async () => {
    const run = await stage().run()
    for (const length of [36, 30, 24]) {
      expect((await list(`id=${run.id.slice(0, length)}`)).data.map(({ id }) => id)).toEqual([run.id])
    }
    expect((await list(`id=run_`)).data.map(({ id }) => id)).toContain(run.id)
    expect((await list(`id=run_${'0'.repeat(32)}`)).data).toEqual([])
  })

  test('finds runs by what their metadata says', async () => {
    const metadata = { order: 42, customer: 'Zoë "Z"', 'of.day': true }
    const agent = await stage().agent()
    const run = await stage().run({ agent, metadata })
    await stage().run({ agent, metadata: { order: 43, customer: 'Z' } })
    for (const fits of ['order=42', 'customer=Zoë "Z"', 'of.day=true']) {
      const found = await list(`agent=${agent}&metadata=${encodeURIComponent(fits)}`)
      expect({ fits, ids: found.data.map(({ id }) => id) }).toEqual({ fits, ids: [run.id] })
      expect(found.looked_to).toBeNull()
    }
    for (const other of ['order=4', 'order=', 'order="42"', 'none=42', 'customer=zoë "Z"']) {
      expect((await list(`agent=${agent}&metadata=${encodeURIComponent(other)}`)).data).toEqual([])
    }
  })

  test('finds runs by the code of their error and by what they contain', async () => {
    const agent = await stage().agent([
      { error: { status: 400, message: 'no such model' } },
      { text: 'a "kite" at 100%' },
    ])
    const failed = await stage().run({ agent, input: 'first\nline' })
    await stage().finished(failed.id)
    const completed = await stage().run({ agent, input: 'second' })
    await stage().finished(completed.id)
    const idsOf = async (query: string) => (await list(`agent=${agent}&${query}`)).data.map(run => run.id)
    const containing = (text: string) => idsOf(`contains=${encodeURIComponent(text)}`)
    expect(await idsOf('error_code=provider_error')).toEqual([failed.id])
    expect(await idsOf('error_code=timeout')).toEqual([])
    expect(await idsOf('error_code=provider_error&status=completed')).toEqual([])
    expect(await containing('t\nl')).toEqual([failed.id])
    expect(await containing('no such model')).toEqual([failed.id])
    expect(await containing('"kite" at 100%')).toEqual([completed.id])
    expect(await containing('e')).toEqual([completed.id, failed.id])
    expect(await containing('_____')).toEqual([])
  })

  test.each([
    ['id=job_1', '/id'],
    ['id=run_X', '/id'],
    ['metadata=order', '/metadata'],
    ['metadata==42', '/metadata'],
    ['contains=', '/contains'],
  ])('422 for %s, naming it', async (query, path) => {
    const { status, body } = await stage().call('GET', `/v1/runs?${query}`)
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ in: 'query', path }])
  })

  test.each(['limit=0', 'limit=501', 'limit=-1', 'limit=ten', 'limit=1.5', 'limit='])(
    '422 for %s, naming it',
    async query => {
      const { status, body } = await stage().call('GET', `/v1/runs?${query}`)
      expect(status).toBe(422)
      expect(body).toMatchObject({ code: 'invalid_request', errors: [{ in: 'query', path: '/limit' }] })
    },
  )

  test.each([
    ['order=up', '/order', 'desc, asc'],
    ['status=done', '/status', 'queued, running, waiting, completed, failed, cancelled'],
  ])('422 for %s, naming what there is', async (query, path, values) => {
    const { status, body } = await stage().call('GET', `/v1/runs?${query}`)
    expect(status).toBe(422)
    expect(body.errors).toEqual([{ in: 'query', path, message: expect.stringContaining(values) }])
  })

  test.each(['created_after', 'created_before'])('422 for a %s that is no time, naming it', async name => {
    for (const time of ['yesterday', '', '5', '+275760-09-13T00:00:00.000Z', '-000001-01-01T00:00:00Z', '2026-13-01']) {
      const { status, body } = await stage().call('GET', `/v1/runs?${name}=${encodeURIComponent(time)}`)
      expect({ time, status }).toEqual({ time, status: 422 })
      expect(body.errors).toMatchObject([{ in: 'query', path: `/${name}` }])
    }
  })

  test('422 for an unknown filter, naming it', async () => {
    const { status, body } = await stage().call('GET', '/v1/runs?stats=queued')
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ in: 'query', path: '/stats' }])
  })

  test.each(['x', '', 'cnVuX25vbmU', 'a'.repeat(512), '%00', '💥'])('400 for the cursor %p', async cursor => {
    const { status, body } = await stage().call('GET', `/v1/runs?cursor=${encodeURIComponent(cursor)}`)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid_cursor', detail: expect.stringContaining('next_cursor') })
  })

  test('400 for the cursor of another list', async () => {
    const { call } = stage()
    for (const index of [1, 2]) {
      await must(201, call('POST', '/v1/threads', {}))
      await stage().agent()
      await stage().run({ input: `${index}` })
    }
    const thread = await stage().thread()
    const other = await stage().thread()
    for (const id of [thread, thread, other]) {
      await must(201, call('POST', `/v1/threads/${id}/messages`, { role: 'user', content: 'x' }))
    }
    const agent = await stage().agent()
    await must(200, call('PATCH', `/v1/agents/${agent}`, { instructions: 'x' }))
    const lists = [
      '/v1/runs',
      '/v1/threads',
      '/v1/agents',
      `/v1/threads/${thread}/messages`,
      `/v1/agents/${agent}/versions`,
    ]
    const cursors = await Promise.all(
      lists.map(async path => (await must(200, call<PageView<unknown>>('GET', `${path}?limit=1`))).body.next_cursor),
    )
    for (const [index, cursor] of cursors.entries()) {
      expect(cursor).toBeString()
      for (const [at, path] of lists.entries()) {
        const { status } = await call('GET', `${path}?cursor=${cursor}`)
        expect({ of: lists[index], on: path, status }).toEqual({
          of: lists[index],
          on: path,
          status: at === index ? 200 : 400,
        })
      }
    }
    expect((await call('GET', `/v1/threads/${other}/messages?cursor=${cursors[3]}`)).status).toBe(400)
  })
})
