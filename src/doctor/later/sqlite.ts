import { SQLiteError, Database as Sqlite } from 'bun:sqlite'
import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { area, type Finding } from '../start/finding.ts'

const report = area('database')
const mib = 1024 ** 2
const largeLogMiB = 64
/** Reading more would take a disk and its users minutes. */
const readAtMost = 2 * 1024 * mib

/** File systems over a network, by what statfs calls them: their locks are not to be relied upon. */
const networks = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB 2'],
  [0x65735546, 'FUSE'],
])

/** What the file is like. Only reads, and lets others write meanwhile. */
export function checkSqliteFile(path: string): Finding[] {
  if (!existsSync(path)) return []
  try {
    return [...judgeFileSystem(dirname(path), statfsSync(dirname(path)).type), ...lookInto(path)]
  } catch (error) {
    if (error instanceof SQLiteError) return [] // Told by another check.
    throw error
  }
}

export function judgeFileSystem(folder: string, type: number): Finding[] {
  const name = networks.get(type)
  if (name === undefined) return []
  const text = `${folder} is on ${name}: SQLite's locks do not hold there, and the file can be damaged`
  return [report.warn(text, 'Move it to a disk of this machine, or use Postgres.')]
}

function lookInto(path: string): Finding[] {
  using sqlite = new Sqlite(path, { readwrite: true })
  sqlite.run('PRAGMA busy_timeout = 2000')
  sqlite.run('PRAGMA query_only = ON')
  const mode = sqlite.query<{ journal_mode: string }, []>('PRAGMA journal_mode').get()?.journal_mode
  const findings = [
    mode === 'wal'
      ? report.ok('journal_mode is wal; commits are synced (synchronous is FULL)')
      : report.note(`journal_mode is ${mode}: the next start sets wal`),
    ...judgeLog(logBytes(path)),
  ]
  const { size } = statSync(path)
  if (size > readAtMost) {
    return [
      ...findings,
      report.note(`the file has ${Math.round(size / mib)} MiB and was not read: bunkhouse backup does`),
    ]
  }
  const fault = sqlite.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').get()?.quick_check
  if (fault === 'ok')
    return [...findings, report.ok(`the file is whole (${Math.max(1, Math.round(size / mib))} MiB read)`)]
  return [...findings, report.fail(`the file is damaged: ${fault}`, 'Stop the service, and restore the last backup.')]
}

export function judgeLog(bytes: number): Finding[] {
  const size = Math.round(bytes / mib)
  if (size < largeLogMiB) return [report.ok(`its log has ${size} MiB`)]
  const advice = 'Find who reads for so long (lsof), or restart the service, which folds it in.'
  return [report.warn(`its log has ${size} MiB: somebody keeps it from being folded into the file`, advice)]
}

const logBytes = (path: string): number => statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
