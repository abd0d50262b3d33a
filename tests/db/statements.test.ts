import { describe, expect, test } from 'bun:test'
import { and, asc, count, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import { engines } from '../support/database.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

// What the shared definition of tables rests on: the statements that verbs may use give the same on both engines.
describe.each(engines)('drizzle on %s', engine => {
  const opened = sharedDatabase(engine)
  let tenants = 0

  const thread = (tenantId: string, id: string, metadata: unknown = {}) => ({
    id: `${tenantId} ${id}`,
    tenantId,
    metadata,
    summary: null,
    summaryPosition: null,
    createdAt: 1_000,
    updatedAt: 2_000,
    expiresAt: null,
  })

  /** Three threads of a tenant of the test's own, `a`, `b` and `c`; `a` has two messages, `b` one. */
  async function filled() {
    const tenantId = `tenant ${++tenants}`
    const { database } = opened()
    const { threads, messages } = database.tables
    const rows = ['a', 'b', 'c'].map(id => thread(tenantId, id, { id }))
    const message = (threadId: string, position: number) => ({
      id: `${tenantId} ${threadId} ${position}`,
      tenantId,
      threadId: `${tenantId} ${threadId}`,
      position,
      role: position === 1 ? 'user' : 'assistant',
      content: `${threadId}${position}`,
      createdAt: position,
    })
    await database.transaction(async tx => {
      await tx.orm.insert(threads).values(rows).returning()
      await tx.orm
        .insert(messages)
        .values([message('a', 1), message('a', 2), message('b', 1)])
        .returning()
    })
    return { tenantId, database, threads, messages, own: eq(threads.tenantId, tenantId), rows }
  }

  test('insert … returning gives whole rows', async () => {
    const { database, threads, tenantId } = await filled()
    const given = [thread(tenantId, 'd', { a: [1] }), thread(tenantId, 'e', 'text')]
    expect(await database.transaction(tx => tx.orm.insert(threads).values(given).returning())).toEqual(given)
  })

  test('insert … returning gives chosen columns', async () => {
    const { database, threads, tenantId } = await filled()
    const rows = await database.transaction(tx =>
      tx.orm.insert(threads).values(thread(tenantId, 'd')).returning({ key: threads.id, at: threads.updatedAt }),
    )
    expect(rows).toEqual([{ key: `${tenantId} d`, at: 2_000 }])
  })

  test('update … returning gives the new values, and nothing where no row is meant', async () => {
    const { database, threads, tenantId } = await filled()
    const change = (id: string) =>
      database.transaction(tx =>
        tx.orm
          .update(threads)
          .set({ metadata: { changed: true }, updatedAt: 3_000 })
          .where(eq(threads.id, `${tenantId} ${id}`))
          .returning(),
      )
    expect(await change('a')).toEqual([{ ...thread(tenantId, 'a', { changed: true }), updatedAt: 3_000 }])
    expect(await change('none')).toEqual([])
  })

  test('delete … returning gives what was deleted', async () => {
    const { database, threads, tenantId, own } = await filled()
    const gone = await database.transaction(tx =>
      tx.orm
        .delete(threads)
        .where(eq(threads.id, `${tenantId} b`))
        .returning(),
    )
    expect(gone).toEqual([thread(tenantId, 'b', { id: 'b' })])
    expect(await database.orm.select({ n: count() }).from(threads).where(own)).toEqual([{ n: 2 }])
  })

  test('onConflictDoNothing returns only what was inserted', async () => {
    const { database, threads, tenantId } = await filled()
    const inserted = await database.transaction(tx =>
      tx.orm
        .insert(threads)
        .values([thread(tenantId, 'a'), thread(tenantId, 'd')])
        .onConflictDoNothing()
        .returning({ id: threads.id }),
    )
    expect(inserted).toEqual([{ id: `${tenantId} d` }])
  })

  test('onConflictDoUpdate writes the excluded row', async () => {
    const { database, threads, tenantId } = await filled()
    const [row] = await database.transaction(tx =>
      tx.orm
        .insert(threads)
        .values({ ...thread(tenantId, 'a', { new: 1 }), updatedAt: 9_000 })
        .onConflictDoUpdate({
          target: threads.id,
          set: { updatedAt: sql`excluded.updated_at`, metadata: sql`excluded.metadata` },
        })
        .returning(),
    )
    expect(row).toEqual({ ...thread(tenantId, 'a', { new: 1 }), updatedAt: 9_000 })
  })

  test('select filters, orders, limits and skips', async () => {
    const { database, threads, own, rows } = await filled()
    const select = () => database.orm.select().from(threads)
    expect(await select().where(own).orderBy(desc(threads.id))).toEqual(rows.toReversed())
    expect(await select().where(own).orderBy(asc(threads.id)).limit(1).offset(1)).toEqual(rows.slice(1, 2))
    expect(await select().where(and(own, lt(threads.createdAt, 1_000)))).toEqual([])
  })

  test('left joins give null for what is missing, inner joins leave it out', async () => {
    const { database, threads, messages, own, tenantId } = await filled()
    const on = eq(messages.threadId, threads.id)
    const columns = { thread: threads.id, content: messages.content }
    const order = [threads.id, messages.position] as const
    const inner = await database.orm
      .select(columns)
      .from(threads)
      .innerJoin(messages, on)
      .where(own)
      .orderBy(...order)
    const left = await database.orm
      .select(columns)
      .from(threads)
      .leftJoin(messages, on)
      .where(own)
      .orderBy(...order)
    const found = [
      { thread: `${tenantId} a`, content: 'a1' },
      { thread: `${tenantId} a`, content: 'a2' },
      { thread: `${tenantId} b`, content: 'b1' },
    ]
    expect(inner).toEqual(found)
    expect(left).toEqual([...found, { thread: `${tenantId} c`, content: null }])
    const [whole] = await database.orm
      .select()
      .from(threads)
      .leftJoin(messages, on)
      .where(and(own, isNull(messages.id)))
    expect(whole).toEqual({ threads: thread(tenantId, 'c', { id: 'c' }), messages: null })
  })

  test('counts are numbers', async () => {
    const { database, threads, messages, own, tenantId } = await filled()
    expect(await database.orm.select({ n: count() }).from(threads).where(own)).toEqual([{ n: 3 }])
    const mapped = await database.orm
      .select({
        n: sql`count(*)`.mapWith(Number),
        newest: sql`max(${messages.createdAt})`.mapWith(messages.createdAt),
        none: sql<number | null>`max(${messages.createdAt}) filter (where ${messages.position} > 9)`,
      })
      .from(messages)
      .where(eq(messages.tenantId, tenantId))
    expect(mapped).toEqual([{ n: 3, newest: 2, none: null }])
  })

  test('groups', async () => {
    const { database, messages, tenantId } = await filled()
    const rows = await database.orm
      .select({ thread: messages.threadId, n: count() })
      .from(messages)
      .where(eq(messages.tenantId, tenantId))
      .groupBy(messages.threadId)
      .having(sql`count(*) > 1`)
    expect(rows).toEqual([{ thread: `${tenantId} a`, n: 2 }])
  })

  test('with … select and update … in (select)', async () => {
    const { database, threads, messages, own, tenantId } = await filled()
    const { orm } = database
    const talkative = orm.$with('talkative').as(
      orm
        .select({ id: messages.threadId, n: count().as('n') })
        .from(messages)
        .groupBy(messages.threadId),
    )
    const rows = await orm
      .with(talkative)
      .select({ id: threads.id, n: talkative.n })
      .from(threads)
      .innerJoin(talkative, eq(talkative.id, threads.id))
      .where(own)
      .orderBy(threads.id)
    expect(rows).toEqual([
      { id: `${tenantId} a`, n: 2 },
      { id: `${tenantId} b`, n: 1 },
    ])
    const changed = await database.transaction(tx =>
      tx.orm
        .update(threads)
        .set({ updatedAt: 7_000 })
        .where(and(own, inArray(threads.id, tx.orm.select({ id: messages.threadId }).from(messages))))
        .returning({ id: threads.id }),
    )
    expect(changed.map(row => row.id).sort()).toEqual([`${tenantId} a`, `${tenantId} b`])
  })

  test('update … from', async () => {
    const { database, threads, messages, own, tenantId } = await filled()
    const changed = await database.transaction(tx =>
      tx.orm
        .update(threads)
        .set({ updatedAt: sql`${messages.createdAt}` })
        .from(messages)
        .where(and(own, eq(messages.threadId, threads.id), eq(messages.position, 2)))
        .returning({ id: threads.id, updatedAt: threads.updatedAt }),
    )
    expect(changed).toEqual([{ id: `${tenantId} a`, updatedAt: 2 }])
  })

  test('insert … select and union', async () => {
    const { database, threads, own, tenantId } = await filled()
    const { orm } = database
    const one = (id: string) =>
      orm
        .select({ id: threads.id })
        .from(threads)
        .where(eq(threads.id, `${tenantId} ${id}`))
    const both = await one('a').union(one('b'))
    expect(both.map(row => row.id).sort()).toEqual([`${tenantId} a`, `${tenantId} b`])
    await database.transaction(tx =>
      tx.orm
        .insert(threads)
        .select(
          tx.orm
            .select({
              id: sql<string>`${threads.id} || ' copy'`.as('id'),
              tenantId: threads.tenantId,
              metadata: threads.metadata,
              summary: threads.summary,
              summaryPosition: threads.summaryPosition,
              createdAt: threads.createdAt,
              updatedAt: threads.updatedAt,
              expiresAt: threads.expiresAt,
            })
            .from(threads)
            .where(own),
        )
        .returning(),
    )
    expect(await orm.select({ n: count() }).from(threads).where(own)).toEqual([{ n: 6 }])
  })

  test('prepared statements take placeholders, again and again', async () => {
    const { database, threads, tenantId } = await filled()
    const prepared = database.orm
      .select({ id: threads.id })
      .from(threads)
      .where(eq(threads.id, sql.placeholder('id')))
      .limit(sql.placeholder('limit'))
      .prepare('by_id')
    for (const id of ['a', 'b', 'none']) {
      const expected = id === 'none' ? [] : [{ id: `${tenantId} ${id}` }]
      expect(await prepared.execute({ id: `${tenantId} ${id}`, limit: 10 })).toEqual(expected)
    }
  })

  test('the largest set of parameters in one statement is the same for both', async () => {
    const { database, threads, tenantId } = await filled()
    const many = Array.from({ length: 3_000 }, (_, index) => thread(tenantId, `many ${index}`))
    const inserted = await database.transaction(tx => tx.orm.insert(threads).values(many).returning({ id: threads.id }))
    expect(inserted).toHaveLength(3_000)
  })
})
