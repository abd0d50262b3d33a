import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { backupName } from './backup-name.ts'
import { makeBackup } from './make-backup.ts'
import { openDestination } from './place.ts'
import { pruneBackups } from './prune-backups.ts'
import { openSource } from './source.ts'

const system: Actor = { tenantId: 'default', keyId: null, isSystem: true }

export interface PerformedBackup {
  name: string
  bytes: number
  /** It was there before: an attempt that was cut off had made it. */
  already: boolean
  /** Old ones that were deleted after it. */
  deleted: string[]
}

/**
 * One backup to the configured place, named by `at` (milliseconds since 1970); then all but the newest are deleted.
 * @throws AppError
 */
export async function performBackup(
  app: Pick<AppContext, 'clock' | 'config' | 'database' | 'emit'>,
  at: number,
  signal: AbortSignal,
): Promise<PerformedBackup> {
  const { config, database, clock, emit } = app
  const { to, keep } = config.backups
  if (to === null) throw new AppError('conflict', 'BACKUP_TO is not set.')
  const begun = performance.now()
  const tell = (outcome: 'completed' | 'failed', bytes: number) =>
    emit('backup.finished', { outcome, bytes, seconds: (performance.now() - begun) / 1000 })
  try {
    const destination = await openDestination(config, to)
    const name = backupName(at, database.dialect)
    const earlier = await destination.has(name)
    if (earlier) return { name, bytes: earlier.bytes, already: true, deleted: await pruneBackups(destination, keep) }
    const source = await openSource(app, { apart: true })
    const { bytes, sha256 } = await makeBackup(source, destination, name, signal)
    const details = { place: destination.place, bytes, sha256 }
    await database.transaction(tx =>
      audit(tx, system, { action: 'backup.made', target: { type: 'backup', id: name }, details }, clock.now()),
    )
    tell('completed', bytes)
    return { name, bytes, already: false, deleted: await pruneBackups(destination, keep) }
  } catch (error) {
    if (!signal.aborted) tell('failed', 0)
    throw error
  }
}
