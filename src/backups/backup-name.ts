import type { Dialect } from '../db/database.ts'

const ending: Record<Dialect, string> = { sqlite: 'db', postgres: 'dump' }
const form = /^bunkhouse-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z\.(db|dump)$/

/** `bunkhouse-20261124T050125.000Z.db`: names sort by time. `at` in milliseconds since 1970. */
export const backupName = (at: number, dialect: Dialect): string =>
  `bunkhouse-${new Date(at).toISOString().replaceAll(/[-:]/g, '')}.${ending[dialect]}`

/** Whether we have named it so: nothing else is ever listed, handed out or deleted. */
export const isBackupName = (name: string): boolean => form.test(name)

/** What the name says when it was wanted, in milliseconds since 1970; NaN for a name of somebody else's. */
export function timeOfName(name: string): number {
  const [, year, month, day, hour, minute, second, ms] = form.exec(name) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`)
}

/** Of which engine a file is, by its first bytes: names may have been changed. */
export async function engineOf(file: string): Promise<Dialect | null> {
  const start = await Bun.file(file).slice(0, 16).text()
  if (start === 'SQLite format 3\0') return 'sqlite'
  return start.startsWith('PGDMP') ? 'postgres' : null
}
