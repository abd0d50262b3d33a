import type { Config } from '../config.ts'
import { pendingMigrations } from '../db/migrate.ts'
import { type OpenDatabase, openDatabase } from '../db/open.ts'
import { OwnedElsewhere } from '../db/owner-lock.ts'
import { upgrade } from '../db/upgrade.ts'
import { AppError } from '../errors.ts'

export interface SharedDatabase extends OpenDatabase {
  /** SQLite, and another process serves the file: its jobs are that process's to run. */
  servedElsewhere: boolean
}

/**
 * Opens and migrates the database for a command that may run beside a service.
 * @throws AppError unavailable, also where a service of an older version uses the file: it must not be migrated under it
 */
export async function openShared({
  database,
  migrationSnapshot,
}: Pick<Config, 'database' | 'migrationSnapshot'>): Promise<SharedDatabase> {
  try {
    const opened = await openDatabase(database, { own: 'shared' })
    return await closeOnFailure(opened, async () => {
      await upgrade(opened.database, { snapshot: migrationSnapshot })
      return { ...opened, servedElsewhere: false }
    })
  } catch (error) {
    if (!(error instanceof OwnedElsewhere)) throw error
  }
  const opened = await openDatabase(database, { own: false })
  return closeOnFailure(opened, async () => {
    const { pending } = await pendingMigrations(opened.database)
    if (pending.length > 0) throw servedByOlder(pending.length)
    return { ...opened, servedElsewhere: true }
  })
}

async function closeOnFailure<T>(opened: OpenDatabase, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await opened.close()
    throw error
  }
}

const servedByOlder = (missing: number) =>
  new AppError(
    'unavailable',
    `The process that serves the database is of an older version: ${missing} migrations are missing. Restart it with this version first.`,
  )
