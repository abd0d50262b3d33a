import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { backupName } from './backup-name.ts'
import type { Destination } from './destination.ts'
import { makeBackup } from './make-backup.ts'
import { openDestination } from './place.ts'
import { madeHere, pruneBackups } from './prune-backups.ts'
import { openSource } from './source.ts'

const system: Actor = { tenantId: 'default', keyId: null, isSystem: true }

export interface PerformedBackup {
  name: string
  bytes: number
  /** It was there before: an attempt that was cut off has made it. */
  already: boolean
  /** Old ones that were deleted after it. */
  deleted: string[]
}

/**
 * One backup to the configured place; then all but the newest of its own are deleted.
 * @param of when it was wanted, in milliseconds since 1970, and its job's id: the same for each attempt
 * @throws AppError
 */
export async function performBackup(
  app: Pick<AppContext, 'clock' | 'config' | 'database' | 'emit'>,
  of: { at: number; id: string },
  signal: AbortSignal,
): Promise<PerformedBackup> {
  const { config, database, emit } = app
  const { to, keep } = config.backups
  if (to === null) throw new AppError('conflict', 'BACKUP_TO is not set.')
  const begun = performance.now()
  const tell = (outcome: 'completed' | 'failed', bytes: number) =>
    emit('backup.finished', { outcome, bytes, seconds: (performance.now() - begun) / 1000 })
  try {
    const destination = await openDestination(config, to)
    const name = backupName(of.at, of.id, database.dialect)
    const earlier = await destination.has(name)
    const { bytes } = earlier ?? (await make(app, destination, name, signal))
    await putDown(app, destination, name, bytes)
    tell('completed', bytes)
    return { name, bytes, already: earlier !== null, deleted: await pruneBackups(database, destination, keep) }
  } catch (error) {
    if (!signal.aborted) tell('failed', 0)
    throw error
  }
}

async function make(
  app: Pick<AppContext, 'config' | 'database'>,
  destination: Destination,
  name: string,
  signal: AbortSignal,
): Promise<{ bytes: number }> {
  return makeBackup(await openSource(app), destination, name, signal)
}

/** In the audit log, once: an attempt that was cut off may have done so. */
async function putDown(
  { database, clock }: Pick<AppContext, 'clock' | 'database'>,
  destination: Destination,
  name: string,
  bytes: number,
): Promise<void> {
  if ((await madeHere(database, [name])).has(name)) return
  const details = { place: destination.place, bytes, sha256: await destination.digestOf(name) }
  const entry = { action: 'backup.made' as const, target: { type: 'backup', id: name }, details }
  await database.transaction(tx => audit(tx, system, entry, clock.now()))
}
