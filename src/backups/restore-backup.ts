import type { AuditEntry } from '../audit/audit.ts'
import type { Config } from '../config.ts'
import type { Actor } from '../context.ts'
import type { Dialect } from '../db/database.ts'
import { AppError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { engineOf } from './backup-name.ts'
import { fetchBackup } from './fetch-backup.ts'
import { openPlace } from './place.ts'

export interface RestoreInput {
  force: boolean
  /** Copies the backup to a new file and makes sure that it is whole and of this engine. @throws AppError */
  fetch(file: string, engine: Dialect): Promise<void>
  /** For names of what is put aside: 20261124T050125Z. */
  stamp: string
  entry: { actor: Actor; of: AuditEntry }
  now: number
}

export interface Restored {
  /** Where what was replaced is now: a file, or a schema of Postgres. */
  replaced: string | null
}

/**
 * Puts a backup into the configured database, which must be empty unless forced, and which no process may use. What is
 * queued in it runs at the next start.
 * @param from a file, or s3://bucket/key
 * @throws AppError; nothing was changed then
 */
export async function restoreBackup(
  { config, clock }: { config: Config; clock: Clock },
  actor: Actor,
  { from, force }: { from: string; force: boolean },
): Promise<Restored> {
  const place = await openPlace(config, from)
  const now = clock.now()
  const input: RestoreInput = {
    force,
    now,
    stamp: new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, ''),
    entry: {
      actor,
      of: { action: 'backup.restored', target: { type: 'backup', id: place.name ?? '' }, details: { from, force } },
    },
    async fetch(file, engine) {
      await fetchBackup(place, file)
      const found = await engineOf(file)
      if (found === engine) return
      throw new AppError(
        'invalid_request',
        found === null
          ? `${from} is no backup: neither a SQLite file nor a dump of Postgres in its custom format.`
          : `${from} is of ${nameOf[found]}, and DATABASE_URL is of ${nameOf[engine]}.`,
      )
    },
  }
  const { database } = config
  if (database.dialect === 'postgres') {
    const { restorePostgres } = await import('./restore-postgres.ts')
    return restorePostgres({ url: database.url, pgDump: config.backups.pgDump }, input)
  }
  const { restoreSqlite } = await import('./restore-sqlite.ts')
  return restoreSqlite(database.path, input)
}

const nameOf: Record<Dialect, string> = { sqlite: 'SQLite', postgres: 'Postgres' }
