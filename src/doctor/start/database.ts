import { SQLiteError, Database as Sqlite } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import type { Config } from '../../config.ts'
import type { Database, Param } from '../../db/database.ts'
import { lockSqlite, OwnedElsewhere } from '../../db/owner-lock.ts'
import { area, type Finding } from './finding.ts'
import { existingFolder, isWritableFolder } from './folder.ts'
import { checkMigrations } from './migrations.ts'
import { checkPostgres } from './postgres.ts'

const report = area('database')
const otherPlace = 'or set DATABASE_URL to another place.'

/** Looks at the database as it is: makes no file, takes no ownership, migrates nothing. */
export async function checkDatabase({ database }: Config): Promise<Finding[]> {
  return database.dialect === 'postgres' ? checkPostgres(database) : checkSqlite(database.path)
}

async function checkSqlite(path: string): Promise<Finding[]> {
  const folder = existingFolder(path)
  if (!isWritableFolder(folder)) {
    return [
      report.fail(
        `${folder} cannot be written to, so ${path} cannot be used`,
        `Let this user write there, ${otherPlace}`,
      ),
    ]
  }
  if (!existsSync(path)) return [report.ok(`SQLite; the first start will make ${path}`)]
  try {
    return await lookInto(path)
  } catch (error) {
    if (!(error instanceof SQLiteError)) throw error
    return [report.fail(`${path}: ${error.message}`, `Check the file and its rights, restore a backup, ${otherPlace}`)]
  }
}

async function lookInto(path: string): Promise<Finding[]> {
  const sqlite = new Sqlite(path, { readwrite: true })
  try {
    sqlite.run('PRAGMA busy_timeout = 2000')
    sqlite.run('PRAGMA query_only = ON')
    const query: Database['query'] = async <Row>(text: string, params: Param[]) =>
      sqlite.query<Row, Param[]>(text).all(...params)
    const [row] = await query<{ version: string }>('select sqlite_version() version', [])
    return [
      report.ok(`SQLite ${row?.version}, ${path}`),
      ...(await checkMigrations({ dialect: 'sqlite', query })),
      ...(isServed(path) ? [report.note('a process serves it, and lets no other one do so')] : []),
    ]
  } finally {
    sqlite.close(false)
  }
}

/** Asks for a lock that stands in nobody's way for longer than a moment. */
function isServed(path: string): boolean {
  if (!existsSync(`${path}.lock`)) return false
  try {
    lockSqlite(path, 'shared')()
    return false
  } catch (error) {
    if (error instanceof OwnedElsewhere) return true
    throw error
  }
}
