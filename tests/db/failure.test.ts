import { describe, expect, test } from 'bun:test'
import type { Database, Transaction } from '../../src/db/database.ts'
import { databaseFailure } from '../../src/db/failure.ts'
import { PostgresDatabase } from '../../src/db/postgres.ts'
import { withoutParams } from '../../src/telemetry/log.ts'
import { engines } from '../support/database.ts'
import { migratedDatabase, sharedDatabase } from '../support/migrated-database.ts'

const secret = 'only the caller may know'
const thread = (id: string) => ({ id, tenantId: 'default', metadata: { secret }, createdAt: 0, updatedAt: 0 })

const failureOf = (database: Database, work: (tx: Transaction) => Promise<unknown>): Promise<unknown> =>
  database.transaction(work).then(
    () => new Error('It did not fail.'),
    (error: unknown) => error,
  )

describe.each(engines)('what went wrong on %s', engine => {
  const opened = sharedDatabase(engine)

  test('is a row that is there already', async () => {
    const { database } = opened()
    const { threads } = database.tables
    const twice = [thread('twice'), thread('twice')]
    const error = await failureOf(database, tx => tx.orm.insert(threads).values(twice).returning())
    expect(databaseFailure(error)).toBe('unique')
  })

  test('is a row that breaks a check', async () => {
    const { database } = opened()
    const { threads } = database.tables
    // What a program without types could do.
    const wrong = { ...thread('wrong'), metadata: null } as never
    const error = await failureOf(database, tx => tx.orm.insert(threads).values(wrong).returning())
    expect(databaseFailure(error)).toBe('other')
  })

  test('is a statement that is wrong', async () => {
    const { database } = opened()
    expect(databaseFailure(await failureOf(database, tx => tx.query('select nothing from nowhere', [])))).toBe('other')
  })

  test('is not told with the parameters of the statement', async () => {
    const { database } = opened()
    const { threads } = database.tables
    const twice = [thread('again'), thread('again')]
    const error = await failureOf(database, tx => tx.orm.insert(threads).values(twice).returning())
    expect(String(error)).toContain(secret)
    expect(String(withoutParams(error))).not.toContain(secret)
  })
})

test('is nothing of the database’s for an error of our own', () => {
  expect(databaseFailure(new Error('ours'))).toBeNull()
  expect(databaseFailure(Object.assign(new Error('ours'), { code: 'not_found' }))).toBeNull()
  expect(databaseFailure('text')).toBeNull()
})

test('is found however deep it lies', () => {
  const driver = Object.assign(new Error('full'), { code: '53100' })
  expect(databaseFailure(new Error('outer', { cause: new Error('inner', { cause: driver }) }))).toBe('full')
})

describe('on Postgres', () => {
  test('a server that is not there is unavailable', async () => {
    const database = new PostgresDatabase('postgres://nobody@127.0.0.1:1/nothing', 2)
    expect(databaseFailure(await failureOf(database, tx => tx.query('select 1', [])))).toBe('unavailable')
    await database.close()
  })

  test('of transactions that lock each other out, the one that is ended runs again', async () => {
    await using opened = await migratedDatabase('postgres')
    const { database } = opened
    const { threads } = database.tables
    await database.transaction(tx =>
      tx.orm
        .insert(threads)
        .values([thread('a'), thread('b')])
        .returning(),
    )
    let tries = 0
    const bothLocked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    const lockInTurn = (mine: 0 | 1, order: string[]) =>
      database.transaction(async tx => {
        tries++
        await tx.query(`set local deadlock_timeout = '20ms'`, [])
        for (const id of order) {
          await tx.query('update threads set updated_at = updated_at where id = $1 returning id', [id])
          bothLocked[mine].resolve()
          await bothLocked[mine === 0 ? 1 : 0].promise
        }
      })
    await Promise.all([lockInTurn(0, ['a', 'b']), lockInTurn(1, ['b', 'a'])])
    // At least one of the two is turned back and tried again; Postgres may choose both.
    expect(tries).toBeGreaterThanOrEqual(3)
  })
})
