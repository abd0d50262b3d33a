import { audit } from '../audit/audit.ts'
import { backupName } from '../backups/backup-name.ts'
import { type Backup, makeBackup } from '../backups/make-backup.ts'
import { openPlace } from '../backups/place.ts'
import { openSource } from '../backups/source.ts'
import { type Config, readConfig } from '../config.ts'
import { pendingMigrations } from '../db/migrate.ts'
import { type OpenDatabase, openDatabase } from '../db/open.ts'
import { AppError } from '../errors.ts'
import { systemClock } from '../runtime/clock.ts'
import { untilSignal } from '../runtime/signals.ts'
import { type Command, textFlag, UsageError } from './command.ts'
import { exitCode } from './exit-code.ts'

/** Whoever may start this program may do everything. */
const operator = { tenantId: 'default', keyId: null }

export const backup: Command = {
  name: 'backup',
  usage: 'backup [<file> | <folder>/ | s3://bucket/prefix] [--json]',
  summary: 'Copy the database while the service runs, and check the copy.',
  help: [
    'Without an argument it goes to BACKUP_TO. In a folder or a bucket it is named bunkhouse-<time>.db (SQLite) or .dump',
    '(Postgres, by pg_dump). Its SHA-256 is put beside it. No file is ever written over.',
    '--json   answer {"name", "location", "bytes", "sha256"}',
    '',
    'Exit status: 0 the backup is there, whole and checked, 1 it could not be made, and nothing of it is left, 2 wrong',
    'command line or configuration.',
  ].join('\n'),
  // With `bare`, a SQLite file, that is copied and checked, without more: so the service calls itself.
  flags: { json: { type: 'boolean' }, bare: { type: 'string' } },
  args: { min: 0, max: 1 },
  async run({ args: [to], flags }) {
    const bare = textFlag(flags, 'bare')
    if (bare !== undefined && to !== undefined) {
      const { copyChecked } = await import('../backups/sqlite-source.ts')
      copyChecked(bare, to)
      return exitCode.ok
    }
    const config = readConfig()
    const made = await perform(config, to ?? config.backups.to)
    console.log(
      flags.json ? JSON.stringify(made, null, 2) : `${made.location}\n${made.bytes} bytes, sha256 ${made.sha256}`,
    )
    return exitCode.ok
  },
}

async function perform(config: Config, to: string | null): Promise<Backup> {
  if (to === null) throw new UsageError('Say where to, or set BACKUP_TO.')
  const { dialect } = config.database
  if (config.database.dialect === 'sqlite' && !(await Bun.file(config.database.path).exists())) {
    throw new AppError('not_found', `There is no database at ${config.database.path}.`)
  }
  const { destination, name } = await openPlace(config, to)
  const named = name ?? backupName(systemClock.now(), crypto.randomUUID(), dialect)
  if (await destination.isTaken(named)) throw new AppError('conflict', `${to} is there already. Name another file.`)
  const stop = new AbortController()
  void untilSignal().then(signal => stop.abort(new AppError('unavailable', `Stopped by ${signal}.`)))
  const opened = await openDatabase(config.database, { own: false })
  try {
    const source = await openSource({ config, database: opened.database })
    const made = await makeBackup(source, destination, named, stop.signal)
    await putDown(opened, made, destination.place)
    return made
  } finally {
    await opened.close()
  }
}

/** In the audit log. The backup is made: that this cannot be said, as on a full disk, makes no failure of it. */
async function putDown({ database }: OpenDatabase, made: Backup, place: string): Promise<void> {
  try {
    const { pending } = await pendingMigrations(database)
    if (pending.length > 0) return
    const details = { place, bytes: made.bytes, sha256: made.sha256 }
    const entry = { action: 'backup.made' as const, target: { type: 'backup', id: made.name }, details }
    await database.transaction(tx => audit(tx, operator, entry, systemClock.now()))
  } catch (error) {
    console.error(`The audit log cannot tell of it: ${error instanceof Error ? error.message : error}`)
  }
}
