import { SQLiteError, Database as Sqlite } from 'bun:sqlite'
import { AppError } from '../errors.ts'

/**
 * `alone`: no other process runs jobs on the file. `shared`: others may, like this one, run jobs of their own making,
 * but none that takes whatever is on the queue.
 */
export type Ownership = 'alone' | 'shared'

/** Another process has the file in a way that leaves no room for this one. */
export class OwnedElsewhere extends AppError {
  constructor(path: string, cause: unknown) {
    super(
      'unavailable',
      `Another process serves ${path} or runs an agent on it. Stop it first, or set DATABASE_URL to Postgres to run several processes.`,
      { cause },
    )
  }
}

/** A `check` or a `run` that is about to end may hold the lock for a moment. */
const patienceMs: Record<Ownership, number> = { alone: 250, shared: 0 }

/**
 * Takes a SQLite file for this process. The lock is the operating system's, on a file beside the database, held by an
 * open transaction: it ends with the process, however that ends.
 * @returns what gives the lock back
 * @throws OwnedElsewhere
 */
export function lockSqlite(path: string, ownership: Ownership): () => void {
  const lock = new Sqlite(`${path}.lock`, { create: true, readwrite: true })
  try {
    lock.run(`PRAGMA busy_timeout = ${patienceMs[ownership]}`)
    if (ownership === 'alone') lock.run('BEGIN EXCLUSIVE')
    else {
      // The first reading takes the shared lock, and the transaction keeps it.
      lock.run('BEGIN')
      lock.query('select count(*) from sqlite_schema').get()
    }
  } catch (error) {
    lock.close(false)
    throw error instanceof SQLiteError && error.code === 'SQLITE_BUSY' ? new OwnedElsewhere(path, error) : error
  }
  return () => lock.close(false)
}
