import type { Transaction } from '../db/database.ts'
import type { RescuedJob } from '../queue/sql/rescue-jobs.ts'
import { payloadRunId } from './run.ts'
import { type RunOutbox, tellChanged } from './run-outbox.ts'
import { appendEvent } from './sql/append-event.ts'
import { endUnstartedRuns } from './sql/end-unstarted-runs.ts'
import { requeueRuns } from './sql/requeue-runs.ts'

const lost = 'The worker died or lost its lease.'

/** Says in the runs' logs what became of their jobs, in the transaction that took them from dead workers. */
export async function rescueRuns(
  tx: Transaction,
  jobs: RescuedJob[],
  { now, outbox }: { now: number; outbox: RunOutbox },
): Promise<void> {
  const inState = (state: RescuedJob['state']) => jobs.filter(job => job.state === state)
  // Those that come to their end, too: the attempt may have been lost before its number was written.
  const requeued = await requeueRuns(tx, jobs)
  for (const { payload, attempt, state } of requeued.jobs) {
    if (state !== 'available') continue
    const data = { attempt, reason: lost, delay_seconds: 0 }
    await appendEvent(tx, payloadRunId(payload), { type: 'run.retrying', data }, now)
  }
  const retrying = new Set(inState('available').map(({ payload }) => payloadRunId(payload)))
  const retried = requeued.runs.filter(({ id }) => retrying.has(id))
  await tellChanged(outbox, tx, 'run.retrying', retried, now)
  await end(tx, inState('cancelled'), 'cancelled', { now, outbox })
  await end(tx, inState('discarded'), 'failed', { now, outbox })
}

async function end(
  tx: Transaction,
  jobs: RescuedJob[],
  status: 'cancelled' | 'failed',
  { now, outbox }: { now: number; outbox: RunOutbox },
): Promise<void> {
  if (jobs.length === 0) return
  const error = status === 'failed' ? { code: 'worker_lost', message: `${lost} No attempt is left.` } : null
  const runIds = jobs.map(job => payloadRunId(job.payload))
  const ended = await endUnstartedRuns(tx, { runIds, status, error, now, outbox })
  for (const { id, usage } of ended) {
    if (error) await appendEvent(tx, id, { type: 'run.failed', data: { error, usage } }, now)
    else await appendEvent(tx, id, { type: 'run.cancelled', data: { reason: 'Cancelled on request.', usage } }, now)
  }
  await tellChanged(outbox, tx, `run.${status}`, ended, now)
}
