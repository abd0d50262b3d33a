import { Database as Sqlite } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import { temporaryFiles } from '../../tests/support/temporary-files.ts'
import type { Transaction } from './database.ts'
import { databaseFailure } from './failure.ts'
import { openSqlite, type SqliteDatabase } from './sqlite.ts'

let folder: ReturnType<typeof temporaryFiles>
let database: SqliteDatabase
let statements: string[]

beforeEach(async () => {
  folder = temporaryFiles()
  database = openSqlite(join(folder.path, 'test.db'))
  const { writer } = database
  writer.run('PRAGMA foreign_keys = ON')
  writer.run('create table items (id text primary key, parent text references items deferrable initially deferred)')
  statements = []
  const run = writer.run.bind(writer)
  writer.run = (text: string) => {
    statements.push(text)
    return run(text)
  }
})

afterEach(async () => {
  await database.close()
  folder[Symbol.dispose]()
})

const insert =
  (id: string, parent: string | null = null) =>
  (tx: Transaction) =>
    tx.query('insert into items (id, parent) values (?1, ?2) returning id', [id, parent])

const items = async () => {
  const rows = await database.query<{ id: string }>('select id from items order by id', [])
  return rows.map(row => row.id)
}

const commits = () => statements.filter(text => text === 'COMMIT').length

test('works of one turn share a commit', async () => {
  await Promise.all(['a', 'b', 'c'].map(id => database.transaction(insert(id))))
  expect(await items()).toEqual(['a', 'b', 'c'])
  expect(commits()).toBe(1)
})

test('works that come while a commit is under way share the next one', async () => {
  const begun = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const first = database.transaction(async () => {
    begun.resolve()
    await go.promise
  })
  await begun.promise
  const rest = Promise.all(['a', 'b', 'c'].map(id => database.transaction(insert(id))))
  expect(database.stats()).toEqual({ waiting: 3, active: 1, size: 1 })
  go.resolve()
  await Promise.all([first, rest])
  expect(commits()).toBe(2)
})

test('more works than fit into one commit all get their turn, in order', async () => {
  const order: number[] = []
  await Promise.all(
    Array.from({ length: 1_100 }, (_, index) => database.transaction(async () => void order.push(index))),
  )
  expect(order).toEqual(Array.from({ length: 1_100 }, (_, index) => index))
  expect(commits()).toBe(3)
})

test('nobody is answered before the commit', async () => {
  const answered: string[] = []
  const works = ['a', 'b'].map(id =>
    database.transaction(insert(id)).then(() => answered.push(statements.includes('COMMIT') ? id : `${id} too early`)),
  )
  await Promise.all(works)
  expect(answered).toEqual(['a', 'b'])
})

test('a work that throws is taken back alone', async () => {
  const failing = async (tx: Transaction) => {
    await insert('half')(tx)
    throw new Error('no')
  }
  const results = await Promise.allSettled([
    database.transaction(insert('a')),
    database.transaction(failing),
    database.transaction(insert('b')),
  ])
  expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await items()).toEqual(['a', 'b'])
  expect(commits()).toBe(1)
})

test('a commit that fails rejects every work in it, and keeps nothing', async () => {
  const results = await Promise.allSettled([
    database.transaction(insert('a')),
    database.transaction(insert('orphan', 'nobody')),
    database.transaction(insert('b')),
  ])
  expect(results.map(result => result.status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(await items()).toEqual([])
  await database.transaction(insert('later'))
  expect(await items()).toEqual(['later'])
})

test('a disk that is full fails what does not fit, and what comes when there is room again succeeds', async () => {
  const { writer } = database
  writer.run('PRAGMA max_page_count = 20')
  const large = 'x'.repeat(200_000)
  const error = await database.transaction(insert(large)).catch((failure: unknown) => failure)
  expect(databaseFailure(error)).toBe('full')
  await database.transaction(insert('small'))
  writer.run('PRAGMA max_page_count = 100000')
  await database.transaction(insert(large))
  expect(await items()).toEqual(['small', large])
})

test('a file that another process keeps locked is unavailable until it lets go', async () => {
  const other = new Sqlite(database.writer.filename)
  other.run('BEGIN IMMEDIATE')
  other.run(`insert into items (id) values ('theirs')`)
  database.writer.run('PRAGMA busy_timeout = 0')
  const error = await database.transaction(insert('ours')).catch((failure: unknown) => failure)
  expect(databaseFailure(error)).toBe('unavailable')
  other.run('COMMIT')
  other.close()
  await database.transaction(insert('ours'))
  expect(await items()).toEqual(['ours', 'theirs'])
})
