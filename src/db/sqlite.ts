import { Database as Sqlite } from 'bun:sqlite'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Connection, Database, Orm, Param, Transaction } from './database.ts'
import { GroupCommit } from './group-commit.ts'
import * as schema from './schema.sqlite.ts'
import type { Tables } from './tables.ts'

const pragmas = [
  // First: the others wait for the file too when another process has just opened it.
  'busy_timeout = 5000',
  'journal_mode = WAL',
  // A commit is on disk before it is answered, also when the power fails.
  'synchronous = FULL',
  'foreign_keys = ON',
  'cache_size = -16000',
  'temp_store = MEMORY',
  // 16 MB. A thousand runs under way touch a thousand pages in each commit: by default each would also sync the main file.
  'wal_autocheckpoint = 4000',
]

/** Opens the file, making it when missing. One connection writes, another reads. */
export function openSqlite(path: string): SqliteDatabase {
  const writer = new Sqlite(path, { create: true, readwrite: true })
  for (const pragma of pragmas) writer.run(`PRAGMA ${pragma}`)
  const reader = new Sqlite(path, { readwrite: true })
  for (const pragma of ['busy_timeout = 5000', 'query_only = ON', 'cache_size = -16000']) reader.run(`PRAGMA ${pragma}`)
  return new SqliteDatabase(writer, reader)
}

export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite'
  readonly orm: Orm
  readonly tables: Tables = schema
  readonly query: Connection['query']
  readonly writer: Sqlite
  readonly #reader: Sqlite
  readonly #commits: GroupCommit
  #closing: Promise<void> | undefined

  constructor(writer: Sqlite, reader: Sqlite) {
    this.writer = writer
    this.#reader = reader
    const reads = connection(reader)
    this.orm = reads.orm
    this.query = reads.query
    this.#commits = new GroupCommit(writer, { ...connection(writer), inTransaction: true })
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#commits.run(work)
  }

  single<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.transaction(work)
  }

  stats() {
    return { waiting: this.#commits.waiting, active: this.#commits.busy ? 1 : 0, size: 1 }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#commits.drained()
    this.#reader.close(false)
    try {
      // Folds the log into the file, so that a copy of the one file is whole.
      this.writer.run('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // On a full disk the log stays beside the file, to be read from there.
    }
    this.writer.close(false)
  }
}

function connection(sqlite: Sqlite): Omit<Transaction, 'inTransaction'> {
  // `query` keeps the prepared statement, and a connection sees few different texts.
  const orm = drizzle(async (text, params, method) => {
    const statement = sqlite.query<unknown, Param[]>(text)
    const rows: unknown[] = statement.values(...params)
    // For `get` drizzle's type wants rows, its code one row or undefined.
    return { rows: method === 'get' ? (rows[0] as unknown[]) : rows }
  })
  return {
    dialect: 'sqlite',
    // Safe where the conformance tests hold both engines to the same results.
    orm: orm as unknown as Orm,
    tables: schema,
    query: async <Row>(text: string, params: Param[]) => sqlite.query<Row, Param[]>(text).all(...params),
    queryEach: async <Row>(text: string, params: Param[][]) => {
      const statement = sqlite.query<Row, Param[]>(text)
      return params.flatMap(each => statement.all(...each))
    },
  }
}
