import { describe, expect, test } from 'bun:test'
import { sql } from 'drizzle-orm'
import { pruneItems } from '../../src/store/prune-items.ts'
import type { foundToWire, itemToWire } from '../../src/store/wire.ts'
import { allPages, must, type PageView, useStage } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

type ItemView = ReturnType<typeof itemToWire>
type FoundView = ReturnType<typeof foundToWire>

describe.each(engines)('/v1/store on %s', engine => {
  const stage = useStage(engine)
  const put = async (namespace: string, key: string, value: unknown, more: object = {}) =>
    (await must(200, stage().call<ItemView>('PUT', '/v1/store/item', { namespace, key, value, ...more }))).body
  const read = (namespace: string, key: string) =>
    stage().call<ItemView>('GET', `/v1/store/item?namespace=${namespace}&key=${key}`)
  const search = async (query: string, namespace?: string) =>
    (
      await must(
        200,
        stage().call<PageView<FoundView>>('POST', '/v1/store/search', { query, ...(namespace && { namespace }) }),
      )
    ).body.data.map(({ key }) => key)

  test('keeps a value under a key, and writes over it', async () => {
    const first = await put('users/ana', 'drink', { likes: 'tea' })
    expect(first).toMatchObject({ object: 'item', value: { likes: 'tea' }, expires_at: null })
    const second = await put('users/ana', 'drink', ['coffee', null, 1.5])
    expect(second).toMatchObject({ value: ['coffee', null, 1.5], created_at: first.created_at })
    expect((await must(200, read('users/ana', 'drink'))).body).toEqual(second)
    await must(204, stage().call('DELETE', '/v1/store/item?namespace=users/ana&key=drink'))
    expect((await read('users/ana', 'drink')).status).toBe(404)
    expect((await stage().call('DELETE', '/v1/store/item?namespace=users/ana&key=drink')).status).toBe(404)
  })

  test.each([[null], [false], [0], [''], [[]], [{}]])('keeps %j as what it is', async value => {
    await put('odd', 'one', 'before')
    expect((await put('odd', 'one', value)).value).toEqual(value)
    expect((await must(200, read('odd', 'one'))).body.value).toEqual(value)
    await put('odd', `new ${JSON.stringify(value)}`, value)
  })

  test('lists a namespace with all below it, page by page', async () => {
    for (const namespace of ['list/a', 'list/a/b', 'list/ab', 'list']) {
      for (const key of ['1', 'two words', 'ключ']) await put(namespace, key, namespace)
    }
    const { items, pages } = await allPages<ItemView>(stage().call, '/v1/store?namespace=list/a&limit=2')
    expect(pages).toBe(3)
    expect(items.map(({ namespace }) => namespace)).toEqual([...Array(3).fill('list/a'), ...Array(3).fill('list/a/b')])
    const names = await allPages<string>(stage().call, '/v1/store/namespaces?namespace=list&limit=3')
    expect(names.items.toSorted()).toEqual(['list', 'list/a', 'list/a/b', 'list/ab'])
  })

  test('finds items by their words, the best first', async () => {
    await put('find/a', 'drink', { likes: 'green tea', since: 2020 })
    await put('find/a', 'food', 'Crème brûlée, and tea with it')
    await put('find/b', 'music', ['jazz'])
    await put('find/b', '爱好', '我喜欢喝绿茶')
    expect((await search('tea', 'find')).toSorted()).toEqual(['drink', 'food'])
    expect(await search('green tea', 'find')).toEqual(['drink', 'food'])
    expect(await search('CREME', 'find')).toEqual(['food'])
    expect(await search('jaz', 'find')).toEqual(['music'])
    expect(await search('喜欢', 'find')).toEqual(['爱好'])
    expect(await search('2020', 'find/a')).toEqual(['drink'])
    expect(await search('jazz', 'find/a')).toEqual([])
    expect(await search('nothing of this', 'find')).toEqual([])
    expect(await search(`' OR 1=1 -- "tea" & | ! :* NEAR(`, 'find')).toEqual(expect.arrayContaining(['drink']))
    // Without a word, what there is.
    expect(await search('  ', 'find/b')).toHaveLength(2)
  })

  test('finds what was written over by its new words alone, and nothing that is gone', async () => {
    await put('change', 'note', 'zebra')
    await put('change', 'note', 'giraffe')
    expect(await search('zebra', 'change')).toEqual([])
    expect(await search('giraffe', 'change')).toEqual(['note'])
    await must(204, stage().call('DELETE', '/v1/store/item?namespace=change&key=note'))
    expect(await search('giraffe', 'change')).toEqual([])
  })

  test.each([
    [{ namespace: 'a//b', key: 'k', value: 1 }, '/namespace'],
    [{ namespace: 'a/b/c/d/e/f/g/h/i', key: 'k', value: 1 }, '/namespace'],
    [{ namespace: 'a b', key: 'k', value: 1 }, '/namespace'],
    [{ namespace: 'a', key: '', value: 1 }, '/key'],
    [{ namespace: 'a', key: 'k' }, '/value'],
    [{ namespace: 'a', key: 'k', value: 'x'.repeat(65_600) }, '/value'],
    [{ namespace: 'a', key: 'k', value: 1, ttl_seconds: 0 }, '/ttl_seconds'],
  ])('422 for %j', async (body, path) => {
    const answer = await stage().call('PUT', '/v1/store/item', body)
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, path])
  })

  test('shows nothing of another tenant, and takes nothing from it', async () => {
    await put('mine', 'secret', 'elephants')
    const tenantId = `other-${engine}`
    const made = await must(
      201,
      stage().call<{ admin_key: { key: string } }>('POST', '/v1/tenants', { id: tenantId, name: tenantId }),
    )
    const headers = { authorization: `Bearer ${made.body.admin_key.key}` }
    const theirs = <T>(method: string, path: string, body?: object) => stage().call<T>(method, path, body, headers)
    expect((await theirs('GET', '/v1/store/item?namespace=mine&key=secret')).status).toBe(404)
    expect((await theirs('DELETE', '/v1/store/item?namespace=mine&key=secret')).status).toBe(404)
    expect((await must(200, theirs<PageView<ItemView>>('GET', '/v1/store'))).body.data).toEqual([])
    const found = await must(200, theirs<PageView<FoundView>>('POST', '/v1/store/search', { query: 'elephants' }))
    expect(found.body.data).toEqual([])
    await must(200, theirs('PUT', '/v1/store/item', { namespace: 'mine', key: 'secret', value: 'theirs' }))
    expect((await must(200, read('mine', 'secret'))).body.value).toBe('elephants')
  })
})

describe.each(engines)('what is kept for a time on %s', engine => {
  const opened = sharedDatabase(engine)

  test('is gone after that, and deleted', async () => {
    const { putItem } = await import('../../src/store/put-item.ts')
    const { getItem } = await import('../../src/store/read-items.ts')
    const { searchItems } = await import('../../src/store/search-items.ts')
    const { database } = opened()
    const clock = new FakeClock()
    const app = { clock, database }
    const actor = { tenantId: `ttl-${engine}` }
    for (const ttlSeconds of [60, undefined])
      await putItem(app, actor, { namespace: 'n', key: String(ttlSeconds), value: 'walrus', ttlSeconds })
    expect(await searchItems(app, actor, { query: 'walrus', limit: 5 })).toHaveLength(2)
    clock.advance(60_000)
    expect((await searchItems(app, actor, { query: 'walrus', limit: 5 })).map(({ key }) => key)).toEqual(['undefined'])
    await expect(getItem(app, actor, { namespace: 'n', key: '60' })).rejects.toMatchObject({ code: 'not_found' })
    expect(await database.transaction(tx => pruneItems(tx, clock.now()))).toBe(false)
    const left = await database.orm
      .select({ count: sql<number>`count(*)` })
      .from(database.tables.storeItems)
      .where(sql`tenant_id = ${actor.tenantId}`)
    expect(Number(left[0]?.count)).toBe(1)
  })
})
