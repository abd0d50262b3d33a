import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { cancelJobs } from '../queue/sql/cancel-jobs.ts'
import { queueTime } from '../queue/time.ts'
import { cancelUnstarted } from './cancel-unstarted.ts'
import { getRun } from './get-run.ts'
import { isFinal, type Run } from './run.ts'
import type { RunOutbox } from './run-outbox.ts'
import { endUnperformed } from './trace-run.ts'

type Needs = Pick<AppContext, 'clock' | 'database' | 'emit' | 'hub' | 'notifier' | 'tracer' | 'worker'> & {
  outbox: RunOutbox
}

/**
 * Cancels a run: at once where no worker has it, else as soon as its worker has stopped it. Idempotent on a run that is
 * being cancelled or was.
 * @throws AppError not_found; conflict for a run that has completed or failed
 */
export async function cancelRun(app: Needs, actor: Actor, id: string): Promise<Run> {
  const run = await getRun(app, actor, id)
  if (run.status === 'cancelled') return run
  if (isFinal(run.status)) throw new AppError('conflict', `Run ${id} is ${run.status} and cannot be cancelled.`)
  const cancelled = await app.database.transaction(async tx => {
    const jobs = await cancelJobs(tx, [run.jobId], queueTime(tx, app.clock))
    await cancelUnstarted(tx, jobs, { reason: 'Cancelled on request.', now: app.clock.now(), outbox: app.outbox })
    const details = { agent: run.agent }
    if (jobs[0]) {
      await audit(tx, actor, { action: 'run.cancelled', target: { type: 'run', id }, details }, app.clock.now())
    }
    return jobs[0]
  })
  if (cancelled) app.emit('audit.recorded', { action: 'run.cancelled' })
  app.outbox.wake()
  if (cancelled?.state === 'running') {
    app.worker?.cancel(run.jobId)
    app.notifier.publish('cancel', run.jobId)
  } else if (cancelled) {
    app.hub.hint(id)
    app.worker?.wake()
  }
  const after = await getRun(app, actor, id)
  if (cancelled?.state === 'cancelled') endUnperformed(app.tracer, after)
  return after
}
