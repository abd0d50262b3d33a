import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { cancelJobs } from '../queue/sql/cancel-jobs.ts'
import { queueTime } from '../queue/time.ts'
import { cancelRun } from '../runs/cancel-run.ts'
import { payloadRunId, runJob } from '../runs/run.ts'
import type { Job } from './job.ts'
import { readJob } from './read-job.ts'
import { wakeQueues } from './wake-queues.ts'

type Needs = Pick<
  AppContext,
  'clock' | 'database' | 'emit' | 'hub' | 'kinds' | 'notifier' | 'outbox' | 'tracer' | 'worker' | 'workers'
>

/**
 * Cancels a job: at once where it has not begun, else as soon as its handler has stopped; a discarded one where it blocks
 * its order key. Of a run, the run. Idempotent on a job that is being cancelled or was.
 * @throws AppError not_found; conflict for a job that has ended otherwise
 */
export async function cancelJob(app: Needs, actor: Actor, id: string): Promise<Job> {
  const job = await readJob(app, actor, id)
  if (job.state === 'cancelled') return job
  // So that run and job agree.
  if (job.kind === runJob.kind && job.finishedAt === null) await cancelRun(app, actor, payloadRunId(job.payload))
  else await cancel(app, actor, job)
  const after = await readJob(app, actor, id)
  if (after.state !== 'cancelled' && after.finishedAt !== null) {
    throw new AppError('conflict', `Job ${id} is ${after.state} and cannot be cancelled.`)
  }
  return after
}

async function cancel(app: Needs, actor: Actor, { id, kind, queue, orderKey }: Job): Promise<void> {
  const released = new Set<string>()
  const [cancelled] = await app.database.transaction(async tx => {
    released.clear() // of an attempt that a deadlock has undone
    const jobs = await cancelJobs(tx, [id], queueTime(tx, app.clock), released)
    const entry = { action: 'job.cancelled' as const, target: { type: 'job', id }, details: { queue, kind } }
    const ended = jobs.filter(({ state }) => state === 'cancelled')
    if (ended.length > 0) await app.kinds.get(kind)?.cancelled?.(tx, ended)
    if (jobs.length > 0) await audit(tx, actor, entry, app.clock.now())
    return jobs
  })
  if (cancelled) app.emit('audit.recorded', { action: 'job.cancelled' })
  if (cancelled?.state === 'running') {
    app.workers.get(queue)?.cancel(id)
    app.notifier.publish('cancel', id)
  } else if (cancelled && orderKey !== null) released.add(queue)
  wakeQueues(app, released)
}
