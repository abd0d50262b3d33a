import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseConfig } from '../config.ts'
import { AppError } from '../errors.ts'
import type { MigratableDatabase } from './migrate.ts'
import { lockSqlite } from './owner-lock.ts'

export interface OpenDatabase {
  database: MigratableDatabase
  /** This process is the only one that runs jobs on it. */
  soleOwner: boolean
  close(): Promise<void>
}

/**
 * Opens the configured database. Each engine's code is loaded only where it is used.
 * @param own take the lock that a process needs to run jobs on a SQLite file; `true` is alone
 * @throws AppError unavailable, OwnedElsewhere
 */
export async function openDatabase(
  config: DatabaseConfig,
  { own }: { own: boolean | 'shared' },
): Promise<OpenDatabase> {
  if (config.dialect === 'postgres') {
    const { PostgresDatabase } = await import('./postgres.ts')
    const database = new PostgresDatabase(config.url, config.poolSize)
    return { database, soleOwner: false, close: () => database.close() }
  }
  const { openSqlite } = await import('./sqlite.ts')
  makeFolder(config.path)
  let unlock = () => {}
  try {
    if (own) unlock = lockSqlite(config.path, own === true ? 'alone' : 'shared')
    const database = openSqlite(config.path)
    const close = async () => {
      await database.close()
      unlock()
    }
    return { database, soleOwner: own === true, close }
  } catch (error) {
    unlock()
    if (error instanceof AppError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError('unavailable', `${config.path} cannot be opened: ${reason}.`, { cause: error })
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
  } catch (error) {
    throw new AppError('unavailable', `The folder of ${path} cannot be made. Check that it may be written to.`, {
      cause: error,
    })
  }
}
