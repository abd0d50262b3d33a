import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy'
import type { Tables } from './tables.ts'

export type Dialect = 'sqlite' | 'postgres'
export type Param = string | number | null | Uint8Array

/** Drizzle over either engine, typed as Postgres (see kit.ts), without what differs: `$count` is NaN on Postgres. */
export type Orm = Omit<PgRemoteDatabase, 'transaction' | 'execute' | 'refreshMaterializedView' | '$count'>

/** What statements run on. Times are milliseconds, JSON is text, on both engines. */
export interface Connection {
  readonly dialect: Dialect
  readonly orm: Orm
  readonly tables: Tables
  /** Hand-written SQL: `?1` on SQLite, `$1` on Postgres. */
  query<Row>(text: string, params: Param[]): Promise<Row[]>
}

/** A connection that can write and whose work commits, or does not, as one. */
export interface Transaction extends Connection {
  readonly inTransaction: true
  /**
   * The same statement once for each list of params, in order; all their rows, one after the other. For SQLite, where
   * that is the quickest way to write many rows. Postgres gets them in one statement, as JSON: here each would be a
   * message of its own.
   */
  queryEach<Row>(text: string, params: Param[][]): Promise<Row[]>
}

/** Outside a transaction a database is for reading. */
export interface Database extends Connection {
  /**
   * Runs `work` in one transaction. `work` awaits nothing but its transaction: every other writer waits for it.
   * It must not start another transaction. After a deadlock on Postgres it is run again.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /**
   * The same for work that is one statement, which on Postgres is a transaction by itself: a third of the round trips. It is
   * planned once, not for its values.
   */
  single<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  stats(): DatabaseStats
  close(): Promise<void>
}

export interface DatabaseStats {
  /** Transactions that wait for a connection (Postgres) or for the writer (SQLite). */
  waiting: number
  /** Transactions under way. */
  active: number
  /** Upper limit of `active`. */
  size: number
}
