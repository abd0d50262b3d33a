import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { redriveJobs } from '../queue/redrive.ts'
import { queueTime } from '../queue/time.ts'
import type { Job } from './job.ts'
import { readJob } from './read-job.ts'
import { makeDue } from './sql/make-due.ts'
import { wakeQueues } from './wake-queues.ts'

type Needs = Pick<AppContext, 'clock' | 'database' | 'emit' | 'kinds' | 'notifier' | 'workers'>

/**
 * Has a discarded or cancelled job tried again, and lets a scheduled one begin now.
 * @throws AppError not_found; conflict for a job in another state, or of a kind that cannot be tried again
 */
export async function retryJob(app: Needs, actor: Actor, id: string): Promise<Job> {
  const job = await readJob(app, actor, id)
  const done = await app.database.transaction(async tx => {
    const retried =
      job.state === 'scheduled' ? await makeDue(tx, id, queueTime(tx, app.clock)) : await redrive(app, tx, actor, id)
    const { queue, kind } = job
    const entry = { action: 'job.retried' as const, target: { type: 'job', id }, details: { queue, kind } }
    if (retried) await audit(tx, actor, entry, app.clock.now())
    return retried
  })
  if (!done) {
    const { state } = await readJob(app, actor, id)
    throw new AppError('conflict', `Job ${id} is ${state} and cannot be tried again.`)
  }
  app.emit('audit.recorded', { action: 'job.retried' })
  wakeQueues(app, [job.queue])
  return readJob(app, actor, id)
}

/** False where it has not ended, or is completed. */
async function redrive(app: Needs, tx: Transaction, { tenantId, keyId }: Actor, id: string): Promise<boolean> {
  const options = { kinds: app.kinds, by: keyId, now: queueTime(tx, app.clock) }
  const { redriven, refused } = await redriveJobs(tx, { tenantId, ids: [id] }, options)
  if (refused[0]) throw new AppError('conflict', refused[0].reason)
  return redriven.length > 0
}
