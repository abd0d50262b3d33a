import { AppError } from '../errors.ts'
import type { Database, Dialect, Transaction } from './database.ts'
import { readMigrations } from './migrations.ts' with { type: 'macro' }
import type { Migration } from './migrations.ts'
import type { PostgresDatabase } from './postgres.ts'
import type { SqliteDatabase } from './sqlite.ts'
import { limitTransactions } from './transaction-limit.ts'

const migrations: Record<Dialect, Migration[]> = {
  sqlite: readMigrations('sqlite'),
  postgres: readMigrations('postgres'),
}

// Any fixed number: the lock that processes which start together wait for. Released with its transaction.
const lockNumber = 7_263_548_811

export type MigratableDatabase = SqliteDatabase | PostgresDatabase

export interface MigrationReport {
  /** Migrations the database has had. */
  applied: number
  /** Migrations this program knows of and the database has not had (before, or with `dryRun` still). */
  pending: Migration[]
}

/**
 * Throws where the database is of a newer program: its data may mean something this program does not know. On Postgres not
 * where all that is newer only adds: there programs of two versions work side by side while one replaces the other.
 */
export async function pendingMigrations(
  database: Pick<Database, 'dialect' | 'query'>,
  known: Migration[] = migrations[database.dialect],
): Promise<MigrationReport> {
  const { applied, needed } = await stateOf(database)
  refuseNewer(database.dialect, needed, known)
  return { applied, pending: known.slice(applied) }
}

/** Throws where a database that has had so many migrations is of a newer program. @throws AppError unavailable */
export function refuseNewer(dialect: Dialect, applied: number, known: Migration[] = migrations[dialect]): void {
  if (applied <= known.length) return
  throw new AppError(
    'unavailable',
    `The database is at migration ${applied}, but this program knows only ${known.length}: it was used by a newer version. Start that version, or restore a backup from before the upgrade.`,
  )
}

/**
 * Brings the database up to this program. Safe when several processes do it at once: the others find it done.
 * @param known all migrations there are, the first ones first; default: this program's
 */
export async function migrate(
  database: MigratableDatabase,
  known: Migration[] = migrations[database.dialect],
): Promise<MigrationReport> {
  const { applied, pending } = await pendingMigrations(database, known)
  if (pending.length === 0) return { applied, pending }
  return database.dialect === 'sqlite' ? migrateSqlite(database, known) : migratePostgres(database, known)
}

async function migrateSqlite(database: SqliteDatabase, known: Migration[]): Promise<MigrationReport> {
  const { writer } = database
  // Inside a transaction this is ignored, and a rebuilt table would then delete its children.
  writer.run('PRAGMA foreign_keys = OFF')
  try {
    return await database.transaction(async tx => {
      const { applied, pending } = await pendingMigrations(tx, known)
      for (const { statements } of pending) for (const statement of statements) await tx.query(statement, [])
      const broken = await tx.query('PRAGMA foreign_key_check', [])
      if (broken.length > 0) throw new Error(`A migration broke ${broken.length} foreign keys; nothing was changed.`)
      await tx.query(`PRAGMA user_version = ${applied + pending.length}`, [])
      return { applied: applied + pending.length, pending }
    })
  } finally {
    writer.run('PRAGMA foreign_keys = ON')
  }
}

function migratePostgres(database: PostgresDatabase, known: Migration[]): Promise<MigrationReport> {
  return database.transaction(async tx => {
    // Rebuilding a large table takes its time.
    await tx.query(limitTransactions('0', { onlyThis: true }), [])
    await tx.query(`select pg_advisory_xact_lock(${lockNumber})`, [])
    await tx.query(
      `create table if not exists bunkhouse_migrations
         (number integer primary key, tag text not null, applied_at timestamptz not null default now(), needed integer)`,
      [],
    )
    await tx.query('alter table bunkhouse_migrations add column if not exists needed integer', [])
    const { applied, pending } = await pendingMigrations(tx, known)
    for (const [index, migration] of pending.entries()) {
      for (const statement of migration.statements) await tx.query(statement, [])
      await record(tx, applied + index + 1, migration)
    }
    return { applied: applied + pending.length, pending }
  })
}

/** `needed`: how many migrations a program must know to go on; that of a database is the highest of all. */
const record = (tx: Transaction, number: number, { tag, expand }: Migration) =>
  tx.query('insert into bunkhouse_migrations (number, tag, needed) values ($1, $2, $3)', [
    number,
    tag,
    expand ? 0 : number,
  ])

interface State {
  applied: number
  needed: number
}

async function stateOf(database: Pick<Database, 'dialect' | 'query'>): Promise<State> {
  if (database.dialect === 'sqlite') {
    // One process owns the file, so that there are never two versions at work.
    const [row] = await database.query<{ user_version: number }>('PRAGMA user_version', [])
    const applied = row?.user_version ?? 0
    return { applied, needed: applied }
  }
  const [table] = await database.query<{ name: string | null }>(
    `select to_regclass('bunkhouse_migrations')::text as name`,
    [],
  )
  if (!table?.name) return { applied: 0, needed: 0 }
  // The column is not there before the first migration of a program that knows it.
  const [row] = await database.query<State>(
    `select count(*)::int as applied, coalesce(max(coalesce((to_jsonb(m) ->> 'needed')::int, number)), 0)::int as needed
     from bunkhouse_migrations m`,
    [],
  )
  return row ?? { applied: 0, needed: 0 }
}
