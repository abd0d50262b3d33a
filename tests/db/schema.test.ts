import { describe, expect, test } from 'bun:test'
import { getTableColumns, getTableName } from 'drizzle-orm'
import { getTableConfig } from 'drizzle-orm/pg-core'
import * as sqlite from 'drizzle-orm/sqlite-core'
import type { Connection } from '../../src/db/database.ts'
import type { Kit } from '../../src/db/kit.ts'
import * as postgresSchema from '../../src/db/schema.postgres.ts'
import * as sqliteSchema from '../../src/db/schema.sqlite.ts'
import { engines } from '../support/database.ts'
import { sharedDatabase } from '../support/migrated-database.ts'

interface ColumnFact {
  table: string
  column: string
  notNull: boolean
}

/** What a schema says of its columns, in one order. */
const defined = (schema: typeof postgresSchema): ColumnFact[] =>
  Object.values(schema)
    .flatMap(table =>
      Object.values(getTableColumns(table)).map(column => ({
        table: getTableName(table),
        column: column.name,
        notNull: column.notNull || column.primary,
      })),
    )
    .sort(byName)

const byName = (a: ColumnFact, b: ColumnFact) => (`${a.table}.${a.column}` < `${b.table}.${b.column}` ? -1 : 1)

/** Of the full-text index of SQLite, which no definition knows. */
const searchTables = 'store_words'

const catalog = {
  sqlite: `
    select t.name "table", c.name "column", c."notnull" or c.pk > 0 "notNull"
    from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table'
      and t.name not like 'sqlite_%' and t.name not like '${searchTables}%'`,
  postgres: `
    select table_name "table", column_name "column", (is_nullable = 'NO')::int "notNull"
    from information_schema.columns where table_schema = 'public' and table_name <> 'bunkhouse_migrations'`,
}

async function stored(connection: Connection): Promise<ColumnFact[]> {
  const rows = await connection.query<{ table: string; column: string; notNull: number }>(
    catalog[connection.dialect],
    [],
  )
  return rows.map(row => ({ ...row, notNull: row.notNull === 1 })).sort(byName)
}

const indexes = {
  sqlite: `select name from sqlite_schema where type = 'index' and name not like 'sqlite_%' order by name`,
  postgres: `select indexname name from pg_indexes where schemaname = 'public' and indexname not like '%\\_pk%' escape '\\'
             and indexdef not like 'CREATE UNIQUE INDEX %\\_pkey ON%' escape '\\' order by name`,
}

test('both engines have the same tables and columns', () => {
  expect(defined(sqliteSchema)).toEqual(defined(postgresSchema))
})

test('every table knows whose row it is', () => {
  for (const schema of [postgresSchema, sqliteSchema]) {
    for (const table of Object.values(schema)) {
      expect([getTableName(table), table.tenantId.name, table.tenantId.notNull]).toEqual([
        getTableName(table),
        'tenant_id',
        true,
      ])
    }
  }
})

test('columns hold the same TypeScript types on both engines', () => {
  // The shared definition is typed as Postgres; these are SQLite's own types. It is the compiler that compares.
  const own = {
    text: (name: string) => sqlite.text(name),
    int: (name: string) => sqlite.integer(name),
    real: (name: string) => sqlite.real(name),
    json: (name: string) => sqlite.text(name, { mode: 'json' }),
  }
  type Data<Builder extends (name: string) => { _: { data: unknown } }> = ReturnType<Builder>['_']['data']
  type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
  const same: {
    text: Same<Data<typeof own.text>, Data<Kit['text']>>
    int: Same<Data<typeof own.int>, Data<Kit['int']>>
    real: Same<Data<typeof own.real>, Data<Kit['real']>>
    time: Same<Data<typeof own.int>, Data<Kit['time']>>
    json: Same<Data<typeof own.json>, Data<Kit['json']>>
  } = { text: true, int: true, real: true, time: true, json: true }
  expect(Object.values(same).every(Boolean)).toBe(true)
})

describe.each(engines)('on %s', engine => {
  const opened = sharedDatabase(engine)

  test('a migrated database has the columns of the definition, and no others', async () => {
    const { database } = opened()
    expect(await stored(database)).toEqual(defined(engine === 'sqlite' ? sqliteSchema : postgresSchema))
  })

  test('a migrated database has the indexes of the definition', async () => {
    const { database } = opened()
    const rows = await database.query<{ name: string }>(indexes[engine], [])
    const names = Object.values(postgresSchema).flatMap(table =>
      getTableConfig(table).indexes.map(index => index.config.name),
    )
    const byHand = engine === 'postgres' ? ['store_items_by_words'] : []
    expect(rows.map(row => row.name)).toEqual([...names.map(String), ...byHand].sort())
  })
})
