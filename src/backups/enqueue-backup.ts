import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { enqueueJobs, uniqueKeyOf } from '../queue/enqueue.ts'
import { jobStates } from '../queue/job-state.ts'
import { queueTime } from '../queue/time.ts'
import { newId } from '../runtime/id.ts'
import { backupJob } from './backup-job.ts'

type Needs = Pick<AppContext, 'clock' | 'config' | 'database' | 'emit' | 'kinds' | 'notifier' | 'workers'>

const tenantId = 'default'

/**
 * Asks for a backup, named by `at` (milliseconds since 1970). Of all that ask for the same, the first one's job makes it.
 * @param actor who asks, for the audit log; null: the rule of BACKUP_SCHEDULE
 * @returns the id of that job
 * @throws AppError conflict where there is no place for backups
 */
export async function enqueueBackup(app: Needs, at: number, actor: Actor | null): Promise<string> {
  const { database, clock, config, emit, notifier, workers } = app
  if (config.backups.to === null) {
    throw new AppError('conflict', 'BACKUP_TO is not set: the service has no place for backups.')
  }
  const { kind, queue } = backupJob
  const job = {
    id: newId('job'),
    tenantId,
    kind,
    queue,
    payload: { at },
    maxAttempts: 6,
    // One at a time, of all processes.
    orderKey: kind,
    unique: {
      key: uniqueKeyOf({ tenantId, kind, key: String(at) }),
      states: jobStates,
      forMs: null,
      onConflict: { kind: 'keep' as const },
    },
  }
  const time = { now: queueTime(database, clock), leaseMs: config.leaseSeconds * 1000 }
  const existing = await database.transaction(async tx => {
    const [inserted] = await enqueueJobs(app, tx, [job], time)
    const earlier = inserted?.existing ?? null
    const entry = { action: 'backup.requested' as const, target: { type: 'job', id: earlier ?? job.id } }
    if (actor) await audit(tx, actor, entry, clock.now())
    return earlier
  })
  if (existing !== null) return existing
  emit('job.enqueued', { queue, kind, count: 1 })
  workers.get(queue)?.wake()
  notifier.publish('queue', queue)
  return job.id
}
