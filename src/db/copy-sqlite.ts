import { constants, SQLiteError, Database as Sqlite } from 'bun:sqlite'
import { closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../errors.ts'
import { databaseFailure } from './failure.ts'

/**
 * Writes the database as it is at one moment to a new file, as one compact file without a log, and syncs it. Others may
 * go on writing meanwhile. Keeps this thread busy: a gigabyte takes a few seconds and a few megabytes of memory. Where it
 * fails there is no file.
 * @throws AppError storage_full, unavailable
 */
export function copySqlite(from: string, to: string): void {
  if (!existsSync(from)) throw new AppError('not_found', `There is no database at ${from}.`)
  try {
    // Only the owner may read it: it holds all there is. SQLite takes an empty file as none.
    closeSync(openSync(to, 'wx', 0o600))
  } catch (error) {
    throw new AppError('unavailable', `${to} cannot be written: ${reasonOf(error)}.`, { cause: error })
  }
  try {
    // Not as a reader: the first one after a shutdown makes the file's index of its log anew.
    const sqlite = new Sqlite(from, { readwrite: true, create: false })
    try {
      sqlite.run('PRAGMA busy_timeout = 5000')
      sqlite.query('VACUUM INTO ?1').run(to)
    } finally {
      sqlite.close(false)
    }
    syncFile(to)
  } catch (error) {
    rmSync(to, { force: true })
    rmSync(`${to}-journal`, { force: true })
    if (databaseFailure(error) === 'full') {
      throw new AppError('storage_full', `The disk of ${to} is full: there is no room for a copy.`, { cause: error })
    }
    throw new AppError('unavailable', `${from} cannot be copied to ${to}: ${reasonOf(error)}.`, { cause: error })
  }
}

/**
 * Reads all of a file that nobody uses, and returns how many migrations the database in it has had.
 * @throws AppError invalid_request where it is damaged, or no database of this program
 */
export function checkSqliteCopy(file: string): number {
  try {
    const sqlite = openUnused(file)
    try {
      const faults = sqlite.query<{ integrity_check: string }, []>('PRAGMA integrity_check(5)').all()
      const [first] = faults
      if (first?.integrity_check !== 'ok') throw damaged(file, first?.integrity_check ?? 'it cannot be read')
      const tables = sqlite
        .query<{ name: string }, []>(`select name from sqlite_schema where type = 'table' and name in ('jobs', 'runs')`)
        .all()
      const version = sqlite.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0
      if (tables.length < 2 || version < 1) {
        throw new AppError('invalid_request', `${file} is a database, but not one of Bunkhouse.`)
      }
      return version
    } finally {
      sqlite.close(false)
    }
  } catch (error) {
    if (error instanceof SQLiteError) throw damaged(file, error.message, error)
    throw error
  }
}

/** How many migrations the database in a file that nobody uses has had. */
export function sqliteVersion(file: string): number {
  using sqlite = openUnused(file)
  return sqlite.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0
}

/** As one that nobody changes: nothing is made beside it, and it may lie where nothing can be. */
const openUnused = (file: string): Sqlite => new Sqlite(`file:${inUri(file)}?immutable=1`, flags)

const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI
const inUri = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

const damaged = (file: string, reason: string, cause?: unknown) =>
  new AppError('invalid_request', `${file} is damaged: ${reason.trim()}.`, { cause })

/** Its bytes are on disk, and so is its name. */
export function syncFile(file: string): void {
  for (const path of [file, dirname(file)]) {
    const handle = openSync(path, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
