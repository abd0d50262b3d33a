import type { Dialect } from '../db/database.ts'

const ending: Record<Dialect, string> = { sqlite: 'db', postgres: 'dump' }
const form = /^bunkhouse-\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{8}\.(db|dump)$/

/**
 * `bunkhouse-20261124T050125.000Z-6c72841f.db`: names sort by time, and those of two services that were told the same
 * place and time differ.
 * @param at in milliseconds since 1970
 * @param id ends with random hex digits
 */
export const backupName = (at: number, id: string, dialect: Dialect): string =>
  `bunkhouse-${new Date(at).toISOString().replaceAll(/[-:]/g, '')}-${id.slice(-8)}.${ending[dialect]}`

/** Whether we have named it so: nothing else is ever listed, handed out or deleted. */
export const isBackupName = (name: string): boolean => form.test(name)

/** Of which engine a file is, by its first bytes: names may have been changed. */
export async function engineOf(file: string): Promise<Dialect | null> {
  const start = await Bun.file(file).slice(0, 16).text()
  if (start === 'SQLite format 3\0') return 'sqlite'
  return start.startsWith('PGDMP') ? 'postgres' : null
}
