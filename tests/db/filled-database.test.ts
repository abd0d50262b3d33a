import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { migrate } from '../../src/db/migrate.ts'
import { type Migration, readMigrations } from '../../src/db/migrations.ts'
import { engines } from '../support/database.ts'
import { type Contents, contentsOf, fillDatabase, losses } from '../support/fill-database.ts'
import { openedDatabase } from '../support/migrated-database.ts'

setDefaultTimeout(60_000)

// A migration that means to take something away is to be named here, with what it takes.
const meant: string[] = []

describe.each(engines)('a filled database on %s', engine => {
  const files = readMigrations(engine)

  async function survives(first: Migration[], all: Migration[]): Promise<string[]> {
    await using opened = await openedDatabase(engine)
    const { database } = opened
    await migrate(database, first)
    await fillDatabase(database)
    const before = await contentsOf(database)
    expect([...before.values()].every(rows => rows.length > 1)).toBe(true)
    await migrate(database, all)
    return losses(before, await contentsOf(database))
  }

  test.each(files.map((file, index) => [file.tag, index] as const))(
    'filled after %s keeps every row',
    async (_, index) => {
      const lost = await survives(files.slice(0, index + 1), files)
      expect(lost.filter(loss => !meant.includes(loss))).toEqual([])
    },
  )

  test('keeps its rows when a column and a table are added', async () => {
    const added = {
      tag: '0999_added',
      statements: ['alter table threads add column title text', 'create table titles (id text primary key)'],
    }
    expect(await survives(files, [...files, added])).toEqual([])
  })

  test('would show what a bad migration does to it', async () => {
    const bad = (...statements: string[]) => survives(files, [...files, { tag: '0999_bad', statements }])
    expect(await bad('delete from threads')).toHaveLength(3)
    expect(await bad('drop table threads')).toEqual(['the table threads'])
    expect(await bad(`update runs set agent = 'other'`)).toHaveLength(2)
    expect(await bad('alter table threads drop column metadata')).toHaveLength(2)
  })
})

test('a column that a rebuilt table of sqlite takes from its own name counts as a loss', async () => {
  const files = readMigrations('sqlite')
  // What drizzle-kit generates for a rebuild together with a new column: SQLite reads an unknown name as a text.
  const rebuild = [
    'create table __new_threads (id text, tenant_id text, metadata text, summary text, summary_position integer, created_at integer, updated_at integer, expires_at integer, cost text)',
    'insert into __new_threads select "id", "tenant_id", "metadata", "summary", "summary_position", "created_at", "updated_at", "expires_at", "cost" from threads',
    'drop table threads',
    'alter table __new_threads rename to threads',
  ]
  await using opened = await openedDatabase('sqlite')
  await migrate(opened.database, files)
  await fillDatabase(opened.database)
  const before: Contents = await contentsOf(opened.database)
  await migrate(opened.database, [...files, { tag: '0999_rebuild', statements: rebuild }])
  expect(losses(before, await contentsOf(opened.database))).toEqual(Array(2).fill('threads.cost is its own name'))
})
