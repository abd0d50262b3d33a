import { Database as Sqlite } from 'bun:sqlite'
import { AppError } from '../errors.ts'

/**
 * Makes this process the only one that runs jobs on a SQLite file. The lock is the operating system's, on a file beside
 * the database, held by an open transaction: it ends with the process, however that ends.
 * @returns what gives the lock back
 * @throws AppError unavailable when another process has it
 */
export function lockSqlite(path: string): () => void {
  const lock = new Sqlite(`${path}.lock`, { create: true, readwrite: true })
  try {
    lock.run('PRAGMA busy_timeout = 0')
    lock.run('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close(false)
    throw new AppError(
      'unavailable',
      `Another process serves ${path}. Stop it first, or set DATABASE_URL to Postgres to run several processes.`,
      { cause: error },
    )
  }
  return () => lock.close(false)
}
