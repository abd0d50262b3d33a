import { readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../errors.ts'
import { copySqlite, sqliteVersion, syncFile } from './copy-sqlite.ts'
import { type MigratableDatabase, type MigrationReport, migrate, pendingMigrations } from './migrate.ts'

export interface UpgradeReport extends MigrationReport {
  /** The copy of the SQLite file as it was before; null where nothing was to be changed, or no copy was wanted. */
  snapshot: string | null
}

const kept = 3
/** What a migration itself may need beside the copy. */
const spareBytes = 32 * 1024 ** 2

/**
 * Migrates, on SQLite after a copy of the file was put beside it. The caller holds the owner's lock, alone or shared.
 * @param snapshot whether a copy is wanted
 * @throws AppError storage_full where there is no room for it: nothing is migrated then
 */
export async function upgrade(
  database: MigratableDatabase,
  { snapshot, known }: { snapshot: boolean; known?: Parameters<typeof migrate>[1] },
): Promise<UpgradeReport> {
  if (database.dialect === 'postgres' || !snapshot) return { ...(await migrate(database, known)), snapshot: null }
  const { applied, pending } = await pendingMigrations(database, known)
  if (pending.length === 0) return { applied, pending, snapshot: null }
  const copy = applied === 0 ? null : keepCopy(database.writer.filename, applied)
  return { ...(await migrate(database, known)), snapshot: copy }
}

/** `bunkhouse.db.before-0005-20261124T050125Z`: before the migration of that number, made then. */
function keepCopy(path: string, applied: number): string | null {
  const { bavail, bsize } = statfsSync(dirname(path))
  const needed = statSync(path).size + logBytes(path) + spareBytes
  if (bavail * bsize < needed) {
    throw new AppError(
      'storage_full',
      `There is no room for a copy of ${path} before it is migrated: ${mib(needed)} MiB are needed, ${mib(bavail * bsize)} MiB are free. Make room, or set MIGRATION_SNAPSHOT=off after making a backup elsewhere.`,
    )
  }
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const copy = `${path}.before-${String(applied + 1).padStart(4, '0')}-${time}`
  const partial = `${copy}.${process.pid}.partial`
  // Of a process with this number that was cut off.
  rmSync(partial, { force: true })
  copySqlite(path, partial)
  if (sqliteVersion(partial) !== applied) {
    // Another process was quicker: this is no copy of what was before.
    rmSync(partial)
    return null
  }
  renameSync(partial, copy)
  syncFile(copy)
  dropOld(path)
  return copy
}

/** One of each migration is kept: a start that fails again and again must not push out those of earlier ones. */
function dropOld(path: string): void {
  const start = `${basename(path)}.before-`
  const beside = readdirSync(dirname(path)).filter(name => name.startsWith(start))
  const copies = beside.filter(name => /^\d{4,}-\d{8}T\d{6}Z$/.test(name.slice(start.length)))
  // Of the same second, by what they were made before.
  const age = (name: string) => name.slice(-16) + name.slice(start.length, -17)
  const newestFirst = copies.sort((a, b) => (age(a) < age(b) ? 1 : -1))
  const ofEach = [...Map.groupBy(newestFirst, name => name.slice(start.length, -17)).values()]
  const old = [...ofEach.slice(kept).flat(), ...ofEach.slice(0, kept).flatMap(([, ...older]) => older)]
  const cutOff = beside.filter(name => /\.\d+\.partial$/.test(name) && isStale(join(dirname(path), name)))
  for (const name of [...old, ...cutOff]) rmSync(join(dirname(path), name), { force: true })
}

const isStale = (file: string): boolean =>
  Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 3_600_000

function logBytes(path: string): number {
  try {
    return statSync(`${path}-wal`).size
  } catch {
    return 0 // there is none
  }
}

const mib = (bytes: number): number => Math.ceil(bytes / 1024 ** 2)
