import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import type { Connection, Transaction } from '../../src/db/database.ts'
import { engines } from '../support/database.ts'
import { migratedDatabase, sharedDatabase } from '../support/migrated-database.ts'

const thread = (id: string) => ({
  id,
  tenantId: 'default',
  metadata: {},
  summary: null,
  summaryPosition: null,
  createdAt: 0,
  updatedAt: 0,
  expiresAt: null,
})

const insert = (tx: Transaction, id: string) => tx.orm.insert(tx.tables.threads).values(thread(id)).returning()

async function isThere({ orm, tables: { threads } }: Connection, id: string): Promise<boolean> {
  return (await orm.select().from(threads).where(eq(threads.id, id))).length === 1
}

const newId = () => `thread ${crypto.randomUUID()}`

describe.each(engines)('transactions on %s', engine => {
  const opened = sharedDatabase(engine)

  test('commit what they wrote, and resolve with what their work did', async () => {
    const { database } = opened()
    const id = newId()
    const [row] = await database.transaction(tx => insert(tx, id))
    expect(row).toEqual(thread(id))
    expect(await isThere(database, id)).toBe(true)
  })

  test('take back everything when their work throws, and reject with just that', async () => {
    const { database } = opened()
    const id = newId()
    const failure = new Error('no')
    const write = database.transaction(async tx => {
      await insert(tx, id)
      throw failure
    })
    await expect(write).rejects.toBe(failure)
    expect(await isThere(database, id)).toBe(false)
  })

  test('take back everything when a statement fails, also after one that succeeded', async () => {
    const { database } = opened()
    const id = newId()
    const write = database.transaction(async tx => {
      await insert(tx, id)
      await insert(tx, id)
    })
    await expect(write).rejects.toThrow()
    expect(await isThere(database, id)).toBe(false)
  })

  test('see what they wrote themselves', async () => {
    const { database } = opened()
    const id = newId()
    const seen = await database.transaction(async tx => {
      await insert(tx, id)
      return isThere(tx, id)
    })
    expect(seen).toBe(true)
  })

  test('show nobody else what they have not committed', async () => {
    const { database } = opened()
    const id = newId()
    const written = Promise.withResolvers<void>()
    const looked = Promise.withResolvers<void>()
    const write = database.transaction(async tx => {
      await insert(tx, id)
      written.resolve()
      await looked.promise
    })
    await written.promise
    const another = await opened().openAgain()
    expect(await isThere(database, id)).toBe(false)
    expect(await isThere(another, id)).toBe(false)
    looked.resolve()
    await write
    expect(await isThere(database, id)).toBe(true)
    expect(await isThere(another, id)).toBe(true)
  })

  test('of the same moment fail alone: one bad one takes nothing else with it', async () => {
    const { database } = opened()
    const taken = newId()
    await database.transaction(tx => insert(tx, taken))
    const ids = Array.from({ length: 20 }, newId)
    const results = await Promise.allSettled(
      ids.map((id, index) =>
        database.transaction(async tx => {
          await insert(tx, id)
          if (index % 3 === 0) await insert(tx, taken)
          return index
        }),
      ),
    )
    for (const [index, id] of ids.entries()) {
      const good = index % 3 !== 0
      expect([index, results[index]?.status]).toEqual([index, good ? 'fulfilled' : 'rejected'])
      expect([index, await isThere(database, id)]).toEqual([index, good])
    }
  })

  test('are read by whoever waited for them, at once', async () => {
    const { database } = opened()
    const ids = Array.from({ length: 50 }, newId)
    const seen = await Promise.all(
      ids.map(async id => {
        await database.transaction(tx => insert(tx, id))
        return isThere(database, id)
      }),
    )
    expect(seen.every(Boolean)).toBe(true)
  })

  test('cannot be written outside of: what is not in a transaction is for reading', async () => {
    const { database } = opened()
    // Only SQLite's second connection enforces it; on Postgres it is a convention.
    if (engine === 'postgres') return
    await expect(database.query(`delete from threads`, [])).rejects.toThrow('readonly')
  })

  test('that were asked for before the database closes are still done', async () => {
    await using closing = await migratedDatabase(engine)
    const ids = Array.from({ length: 5 }, newId)
    const writes = Promise.all(ids.map(id => closing.database.transaction(tx => insert(tx, id))))
    await closing.database.close()
    await writes
    const again = await closing.openAgain()
    for (const id of ids) expect(await isThere(again, id)).toBe(true)
  })

  test('that are asked for after the database has closed are refused', async () => {
    await using closed = await migratedDatabase(engine)
    await closed.database.close()
    for (let again = 0; again < 2; again++) {
      await expect(closed.database.transaction(tx => insert(tx, newId()))).rejects.toThrow()
    }
  })

  test('are counted while they wait and while they run', async () => {
    await using counted = await migratedDatabase(engine)
    const { database } = counted
    const { size } = database.stats()
    expect(database.stats()).toEqual({ waiting: 0, active: 0, size })
    const open = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const writes = Array.from({ length: size + 3 }, () =>
      database.transaction(async tx => {
        begun.resolve()
        await open.promise
        await tx.query('select 1', [])
      }),
    )
    await begun.promise
    const { waiting, active } = database.stats()
    expect(active).toBeGreaterThan(0)
    expect(active).toBeLessThanOrEqual(size)
    if (engine === 'postgres') expect(waiting + active).toBe(size + 3)
    open.resolve()
    await Promise.all(writes)
    expect(database.stats()).toMatchObject({ waiting: 0, size })
  })
})
