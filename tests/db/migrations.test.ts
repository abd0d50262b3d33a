import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { type MigratableDatabase, migrate, pendingMigrations } from '../../src/db/migrate.ts'
import { type Migration, readMigrations } from '../../src/db/migrations.ts'
import { engines } from '../support/database.ts'
import { migratedDatabase, openedDatabase } from '../support/migrated-database.ts'

setDefaultTimeout(60_000)

const tables = {
  sqlite: `select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name`,
  postgres: `select table_name as name from information_schema.tables where table_schema = 'public' order by table_name`,
}

const tablesOf = async (database: MigratableDatabase) =>
  (await database.query<{ name: string }>(tables[database.dialect], [])).map(row => row.name)

describe.each(engines)('migrating on %s', engine => {
  const files = readMigrations(engine)
  const extra = (tag: string, ...statements: string[]): Migration => ({ tag, statements })

  test('a fresh database gets every migration, once', async () => {
    await using opened = await openedDatabase(engine)
    const { database } = opened
    expect(await migrate(database)).toEqual({ applied: files.length, pending: files })
    expect(await tablesOf(database)).toContain('jobs')
    expect(await migrate(database)).toEqual({ applied: files.length, pending: [] })
  })

  test('what is in the program is what is in the files', async () => {
    await using opened = await openedDatabase(engine)
    expect(files.length).toBeGreaterThan(0)
    expect((await pendingMigrations(opened.database)).pending).toEqual(files)
  })

  test('looking what is pending changes nothing', async () => {
    await using opened = await openedDatabase(engine)
    const { database } = opened
    for (let again = 0; again < 2; again++) {
      expect(await pendingMigrations(database)).toEqual({ applied: 0, pending: files })
    }
    expect(await tablesOf(database)).toEqual([])
  })

  test('only what is new is applied to a database that has had some', async () => {
    await using opened = await migratedDatabase(engine)
    const added = extra('0999_more', 'create table more (id text primary key)', `insert into more values ('one')`)
    const known = [...files, added]
    expect(await migrate(opened.database, known)).toEqual({ applied: known.length, pending: [added] })
    expect(await opened.database.query('select id from more', [])).toEqual([{ id: 'one' }])
  })

  test('a database of a newer program is refused, and left alone', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const newer = [...files, extra('0999_newer', 'create table newer (id text primary key)')]
    await migrate(database, newer)
    await expect(migrate(database)).rejects.toThrow('it was used by a newer version')
    await expect(pendingMigrations(database)).rejects.toThrow(`at migration ${newer.length}`)
    expect(await tablesOf(database)).toContain('newer')
  })

  test('a database that a newer program has only added to is refused on sqlite, where two versions never meet', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const added: Migration = { ...extra('0998_added', 'create table added (id text primary key)'), expand: true }
    await migrate(database, [...files, added])
    const asOlder = pendingMigrations(database)
    if (engine === 'sqlite') await expect(asOlder).rejects.toThrow('it was used by a newer version')
    else expect(await asOlder).toEqual({ applied: files.length + 1, pending: [] })

    await migrate(database, [...files, added, extra('0999_newer', 'create table newer (id text primary key)')])
    await expect(pendingMigrations(database)).rejects.toThrow(`at migration ${files.length + 2}`)
  })

  test('a migration that fails half way leaves the database as it was', async () => {
    await using opened = await migratedDatabase(engine)
    const { database } = opened
    const before = await tablesOf(database)
    const bad = [
      ...files,
      extra('0998_good', 'create table good (id text)'),
      extra('0999_bad', 'create table half (id text)', 'create nonsense'),
    ]
    await expect(migrate(database, bad)).rejects.toThrow()
    expect(await tablesOf(database)).toEqual(before)
    expect(await pendingMigrations(database)).toEqual({ applied: files.length, pending: [] })
    await migrate(database, bad.slice(0, -1))
    expect(await tablesOf(database)).toContain('good')
  })

  test('whoever migrates at the same time agrees: each migration is applied once', async () => {
    await using opened = await openedDatabase(engine)
    const known = [...files, extra('0999_once', 'create table once (id integer)', 'insert into once values (1)')]
    // SQLite waits for its lock with the whole thread, so there another connection must be another process: see below.
    const open = async () => (engine === 'sqlite' ? opened.database : opened.openAgain())
    const databases = await Promise.all(Array.from({ length: 6 }, open))
    const reports = await Promise.all(databases.map(database => migrate(database, known)))
    expect(reports.map(report => report.applied)).toEqual(databases.map(() => known.length))
    expect(reports.filter(report => report.pending.length > 0)).toHaveLength(1)
    expect(await opened.database.query('select id from once', [])).toEqual([{ id: 1 }])
  })

  test('processes that start together on a fresh database all find it migrated', async () => {
    await using opened = await openedDatabase(engine)
    const entry = join(import.meta.dir, '../support/migrate-entry.ts')
    const children = Array.from({ length: 4 }, () =>
      Bun.spawn([process.execPath, entry], {
        env: { ...process.env, DATABASE_URL: opened.url },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
    const said = await Promise.all(
      children.map(async child => (await child.stdout.text()) + (await child.stderr.text())),
    )
    expect(said).toEqual(children.map(() => `${files.length}\n`))
    expect(await pendingMigrations(opened.database)).toEqual({ applied: files.length, pending: [] })
  })
})

test('on sqlite a rebuilt table keeps the rows that refer to it', async () => {
  await using opened = await migratedDatabase('sqlite')
  const { database } = opened
  const files = readMigrations('sqlite')
  const family: Migration = {
    tag: '0998_family',
    statements: [
      'create table parents (id text primary key)',
      'create table children (id text primary key, parent text references parents on delete cascade)',
      `insert into parents values ('p')`,
      `insert into children values ('c', 'p')`,
    ],
  }
  const rebuild: Migration = {
    tag: '0999_rebuild',
    statements: [
      'create table __new_parents (id text primary key, name text)',
      'insert into __new_parents (id) select id from parents',
      'drop table parents',
      'alter table __new_parents rename to parents',
    ],
  }
  await migrate(database, [...files, family])
  await migrate(database, [...files, family, rebuild])
  expect(await database.query('select id, parent from children', [])).toEqual([{ id: 'c', parent: 'p' }])
  // And afterwards they are enforced again.
  await expect(database.transaction(tx => tx.query(`insert into children values ('d', 'nobody')`, []))).rejects.toThrow(
    'FOREIGN KEY',
  )
})

test('on sqlite a migration that breaks a reference is taken back', async () => {
  await using opened = await migratedDatabase('sqlite')
  const files = readMigrations('sqlite')
  const broken: Migration = {
    tag: '0999_broken',
    statements: [
      'create table parents (id text primary key)',
      'create table children (parent text references parents)',
      `insert into children values ('nobody')`,
    ],
  }
  await expect(migrate(opened.database, [...files, broken])).rejects.toThrow('broke 1 foreign keys')
  expect(await tablesOf(opened.database)).not.toContain('children')
})

test('the migrations make the schema that is defined', async () => {
  const check = Bun.spawn([process.execPath, 'scripts/migrations.ts', '--check'], {
    cwd: join(import.meta.dir, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = (await check.stdout.text()) + (await check.stderr.text())
  expect(said).not.toContain('has changes that no file')
  expect(await check.exited).toBe(0)
})
