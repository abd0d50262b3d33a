import { getTableName, is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import type { Database, Transaction } from '../db/database.ts'
import * as schema from '../db/schema.postgres.ts'

const ours = [
  ...Object.values(schema).flatMap(table => (is(table, PgTable) ? [getTableName(table)] : [])),
  'bunkhouse_migrations',
]

/** Functions that no trigger leads to. */
const ourFunctions = ['claimed_together', 'claimed_since']

/** Moves our tables and functions out of the way. Returns the schema they are in. */
export async function putAside(database: Database, schemaName: string): Promise<string> {
  await database.transaction(async tx => {
    await tx.query(`create schema ${schemaName}`, [])
    await move(tx, await currentSchema(tx), schemaName)
  })
  return schemaName
}

/** Undoes that. */
export async function takeBack(database: Database, schemaName: string): Promise<void> {
  await database.transaction(async tx => {
    await move(tx, schemaName, await currentSchema(tx))
    await tx.query(`drop schema ${schemaName}`, [])
  })
}

async function currentSchema(tx: Transaction): Promise<string> {
  const [row] = await tx.query<{ name: string }>('select current_schema() as name', [])
  return row?.name ?? 'public'
}

async function move(tx: Transaction, from: string, to: string): Promise<void> {
  const moves = await tx.query<{ statement: string }>(
    `with moved as (
       select c.oid, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relkind = 'r' and c.relname in (select json_array_elements_text($2::json)))
     select format('alter table %I.%I set schema %I', $1::text, relname, $3::text) as statement from moved
     union all
     select distinct format('alter function %s set schema %I', p.oid::regprocedure, $3::text)
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = $1 and (
       p.proname in (select json_array_elements_text($4::json))
       or p.oid in (select t.tgfoid from pg_trigger t join moved m on m.oid = t.tgrelid where not t.tgisinternal))`,
    [from, JSON.stringify(ours), to, JSON.stringify(ourFunctions)],
  )
  for (const { statement } of moves) await tx.query(statement, [])
}
