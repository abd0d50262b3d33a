import { Database as Sqlite } from 'bun:sqlite'
import { existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { audit } from '../audit/audit.ts'
import { checkSqliteCopy, syncFile } from '../db/copy-sqlite.ts'
import { pendingMigrations, refuseNewer } from '../db/migrate.ts'
import { lockSqlite } from '../db/owner-lock.ts'
import { openSqlite } from '../db/sqlite.ts'
import { AppError } from '../errors.ts'
import type { Restored, RestoreInput } from './restore-backup.ts'
import { stagedName } from './staged-file.ts'

/** Puts a backup in the place of a SQLite file. What stood there is kept beside it under another name. @throws AppError */
export async function restoreSqlite(path: string, input: RestoreInput): Promise<Restored> {
  mkdirSync(dirname(path), { recursive: true })
  const unlock = lockSqlite(path, 'alone')
  const staged = join(dirname(path), stagedName(basename(path)))
  try {
    const empty = isEmpty(path)
    if (!empty && !input.force) {
      throw new AppError(
        'conflict',
        `${path} holds a database already. Set DATABASE_URL to another file, or say --force: it is then kept beside the restored one.`,
      )
    }
    await input.fetch(staged, 'sqlite')
    refuseNewer('sqlite', checkSqliteCopy(staged))
    await putDown(staged, input)
    const replaced = empty ? null : `${path}.replaced-${input.stamp}`
    if (replaced !== null) keepAside(path, replaced)
    removeLog(path)
    // Within one file system this is one step: there is the one file or the other, whenever it is cut off.
    renameSync(staged, path)
    syncFile(path)
    return { replaced }
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(staged + end, { force: true })
    unlock()
  }
}

/** Makes a name for it beside: under its own it stays until the other takes its place. */
function keepAside(path: string, replaced: string): void {
  try {
    using sqlite = new Sqlite(path, { readwrite: true, create: false })
    sqlite.run('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // A damaged one is kept as it is, with its log.
  }
  try {
    linkSync(path, replaced)
  } catch {
    renameSync(path, replaced) // a file system where a file has one name only
  }
  if (existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0) renameSync(`${path}-wal`, `${replaced}-wal`)
}

/** The log of the one before must not be read as that of the restored one. */
function removeLog(path: string): void {
  for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true })
}

function isEmpty(path: string): boolean {
  if (!existsSync(path) || statSync(path).size === 0) return true
  try {
    using sqlite = new Sqlite(path, { readwrite: true, create: false })
    return sqlite.query('select 1 from sqlite_schema limit 1').get() === null
  } catch {
    return false // whatever it is
  }
}

/** In the audit log, where the backup is as new as this program; an older one is migrated by the next start. */
async function putDown(staged: string, { entry, now }: RestoreInput): Promise<void> {
  const database = openSqlite(staged)
  try {
    const { pending } = await pendingMigrations(database)
    if (pending.length === 0) await database.transaction(tx => audit(tx, entry.actor, entry.of, now))
  } finally {
    await database.close()
  }
}
