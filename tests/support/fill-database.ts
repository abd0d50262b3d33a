import type { Connection, Database, Param } from '../../src/db/database.ts'

export type Row = Record<string, Param>
export type Contents = Map<string, Row[]>

interface Column {
  table: string
  name: string
  type: string
  notNull: number
}

const catalog = {
  sqlite: `
    select t.name "table", c.name, lower(c.type) type, c."notnull" or c.pk > 0 "notNull"
    from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table'
      and t.name not like 'sqlite_%' and t.name not like 'store_words%'
    order by t.name, c.cid`,
  postgres: `
    select table_name "table", column_name name, data_type type, (is_nullable = 'NO')::int "notNull"
    from information_schema.columns where table_schema = 'public' and table_name <> 'bunkhouse_migrations'
    order by table_name, ordinal_position`,
}

/**
 * Rows that satisfy the checks of a table; any other table gets two. Null stands in a column that may be null where a
 * row says nothing of it and is the table's first.
 */
const rowsOf: Record<string, Row[]> = {
  jobs: [
    { state: 'available' },
    { state: 'running', finished_at: null },
    { state: 'completed', lease_expires_at: null, order_position: 2 },
  ],
  runs: [{ status: 'queued' }, { status: 'completed' }],
  schedules: [{ cron: '@daily' }, { cron: null, paused_at: null, removed_at: null }],
  tenants: [{}, { archived_at: null }],
  approvals: [
    { state: 'pending', resolved_at: null },
    { state: 'resolved', run_id: 'another run' },
  ],
  budgets: [
    { scope: 'tenant', subject: null },
    { scope: 'agent', subject: 'clerk' },
  ],
  webhooks: [{ state: 'enabled' }, { state: 'disabled' }],
  webhook_deliveries: [{ state: 'pending' }, { state: 'delivered' }],
  occurrences: [{ outcome: 'missed' }, { outcome: 'fired' }],
}

/** Writes rows into every table, as it stands in the database and whatever the program thinks of it. */
export async function fillDatabase(database: Database): Promise<void> {
  const columns = await database.query<Column>(catalog[database.dialect], [])
  await database.transaction(async tx => {
    for (const [table, of] of Map.groupBy(columns, column => column.table)) {
      const rows = rowsOf[table] ?? [{}, {}]
      for (const [index, given] of rows.entries()) {
        const values = of.map(column =>
          column.name in given ? (given[column.name] ?? null) : valueFor(column, index + 1),
        )
        const places = of.map((_, place) => (tx.dialect === 'sqlite' ? `?${place + 1}` : `$${place + 1}`))
        const names = of.map(column => `"${column.name}"`)
        await tx.query(`insert into "${table}" (${names}) values (${places})`, values)
      }
    }
  })
}

function valueFor({ table, name, type, notNull }: Column, number: number): Param {
  if (number === 1 && !notNull) return null
  switch (type) {
    // On SQLite a time is an integer, and JSON a text.
    case 'text':
    case 'json':
      return JSON.stringify({ of: `${table}.${name}`, number, text: 'é "家" \\ \n 🏠' })
    case 'integer':
    case 'bigint':
      return 1_000 + number
    case 'timestamp with time zone':
      return Date.parse('2026-03-29T01:30:00.123Z') + number
    case 'real':
    case 'double precision':
      return number + 0.1
    case 'blob':
    case 'bytea':
      return Buffer.from(`of ${table}.${name} ${number}`)
    default:
      throw new Error(`Say here what a value of ${table}.${name}, a ${type}, may be.`)
  }
}

/** Every row of every table. */
export async function contentsOf(connection: Connection): Promise<Contents> {
  const columns = await connection.query<Column>(catalog[connection.dialect], [])
  const contents: Contents = new Map()
  for (const table of new Set(columns.map(column => column.table))) {
    const rows = await connection.query<Row>(`select * from "${table}"`, [])
    contents.set(
      table,
      rows.map(row => ({ ...row })).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    )
  }
  return contents
}

/** What is no longer as it was, in words. New tables and columns are no loss, unless a column says its own name. */
export function losses(before: Contents, after: Contents): string[] {
  return [...before].flatMap(([table, rows]) => {
    const now = after.get(table)
    if (!now) return [`the table ${table}`]
    const columns = Object.keys(rows[0] ?? {})
    const only = (row: Row) => JSON.stringify(columns.map(column => row[column]))
    const kept = now.map(only).sort()
    const lost = rows.map(only).filter(row => !kept.includes(row))
    return [
      ...(now.length === rows.length ? [] : [`${table} has ${now.length} rows instead of ${rows.length}`]),
      ...lost.map(row => `${table}: ${row}`),
      ...now.flatMap(row =>
        Object.entries(row).flatMap(([column, value]) =>
          value === column ? [`${table}.${column} is its own name`] : [],
        ),
      ),
    ]
  })
}
