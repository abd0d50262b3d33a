import { afterEach, beforeEach, expect, test } from 'bun:test'
import type { Database } from '../../src/db/database.ts'
import { databaseFailure } from '../../src/db/failure.ts'
import { type MigratedDatabase, migratedDatabase, openUrl } from '../support/migrated-database.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

let opened: MigratedDatabase
let uncaught: unknown[]
const catchAll = (error: unknown) => uncaught.push(error)

beforeEach(async () => {
  opened = await migratedDatabase('postgres')
  uncaught = []
  process.on('uncaughtException', catchAll)
})

afterEach(async () => {
  await opened[Symbol.asyncDispose]()
  process.off('uncaughtException', catchAll)
  expect(uncaught).toEqual([])
})

const write = (database: Database, id: string) =>
  database.transaction(tx =>
    tx.orm.insert(tx.tables.threads).values({ id, metadata: {}, createdAt: 0, updatedAt: 0 }).returning(),
  )

const ids = async (database: Database) => {
  const rows = await database.query<{ id: string }>('select id from threads order by id', [])
  return rows.map(row => row.id)
}

const failure = (attempt: Promise<unknown>) => attempt.then(() => 'none', databaseFailure)

/** Ends every other connection of a database, as an administrator or a failover would. */
const endOthers = (database: Database) =>
  database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    [],
  )

test('one that breaks between two statements ends its transaction, and nothing of the rest is written', async () => {
  const { database } = opened
  const other = await opened.openAgain()
  const broken = database.transaction(async tx => {
    const insert = (id: string) =>
      tx.query(`insert into threads (id, metadata, created_at, updated_at) values ($1, '{}', now(), now())`, [id])
    await insert('before')
    await endOthers(other)
    // What goes on regardless must reach neither this connection nor the one in its place.
    for (const id of ['after', 'x'.repeat(3_000)]) await insert(id).catch(() => {})
    await insert('last')
  })
  expect(await failure(broken)).toBe('unavailable')
  await write(database, 'next')
  expect(await ids(database)).toEqual(['next'])
})

test('one that breaks during a statement fails it, and the next transaction has another', async () => {
  const { database } = opened
  const other = await opened.openAgain()
  const sleeping = failure(database.transaction(tx => tx.query('select pg_sleep(60)', [])))
  const asleep = `select 1 from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'`
  while ((await other.query(asleep, [])).length === 0);
  await endOthers(other)
  expect(await sleeping).toBe('unavailable')
  for (const id of ['a', 'b', 'c']) await write(database, id)
  expect(await ids(database)).toEqual(['a', 'b', 'c'])
})

test('those that break while idle are replaced', async () => {
  const { database } = opened
  const other = await opened.openAgain()
  for (let round = 0; round < 3; round++) {
    await Promise.all(['a', 'b', 'c', 'd'].map(id => write(database, `${round} ${id}`)))
    await endOthers(other)
    // Some may not have been noticed yet.
    await write(database, `${round} e`)
  }
  expect(await ids(database)).toHaveLength(15)
})

test('a server that goes away fails what is under way and what comes, at once, until it is back', async () => {
  const { hostname, port, pathname } = new URL(opened.url)
  await using proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  const { database, close } = await openUrl(`postgres://bunkhouse@127.0.0.1:${proxy.port}${pathname}`, 3)
  for (let round = 0; round < 3; round++) {
    const sleeping = Array.from({ length: 5 }, () => database.transaction(tx => tx.query('select pg_sleep(60)', [])))
    // Connections are made in the order in which they were asked for.
    const failures = sleeping.map(failure)
    while (database.stats().active < 3) await new Promise(setImmediate)
    await proxy.cut()
    expect(new Set(await Promise.all(failures))).toEqual(new Set(['unavailable']))
    expect(await failure(write(database, 'never'))).toBe('unavailable')
    expect(await failure(database.query('select 1', []))).toBe('unavailable')
    await proxy.restore()
    await write(database, `round ${round}`)
  }
  expect(await ids(database)).toEqual(['round 0', 'round 1', 'round 2'])
  expect(database.stats()).toEqual({ waiting: 0, active: 0, size: 3 })
  await close()
})

test('a statement that the server refuses costs no connection', async () => {
  const { database } = opened
  const pid = () => database.transaction(tx => tx.query<{ pid: number }>('select pg_backend_pid() pid', []))
  const before = await pid()
  expect(await failure(database.transaction(tx => tx.query('select nonsense', [])))).toBe('other')
  expect(await failure(database.query('select nonsense', []))).toBe('other')
  expect(await pid()).toEqual(before)
})

test('a transaction with a failed statement commits nothing, though its work looked away', async () => {
  const { database } = opened
  const looksAway = database.transaction(async tx => {
    await tx.query(`insert into threads (id, metadata, created_at, updated_at) values ('a', '{}', now(), now())`, [])
    await tx.query('select nonsense', []).catch(() => {})
  })
  expect(await failure(looksAway)).toBe('other')
  expect(await ids(database)).toEqual([])
})
