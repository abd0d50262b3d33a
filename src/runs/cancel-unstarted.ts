import type { Transaction } from '../db/database.ts'
import type { CancelledJob } from '../queue/sql/cancel-jobs.ts'
import { payloadRunId } from './run.ts'
import { type RunOutbox, tellChanged } from './run-outbox.ts'
import { appendEvent } from './sql/append-event.ts'
import { endUnstartedRuns } from './sql/end-unstarted-runs.ts'

/** Ends the runs of jobs that were cancelled before a worker had them, in the same transaction. Returns their ids. */
export async function cancelUnstarted(
  tx: Transaction,
  jobs: CancelledJob[],
  { reason, now, outbox }: { reason: string; now: number; outbox: RunOutbox },
): Promise<string[]> {
  const ended = jobs.filter(job => job.state === 'cancelled').map(job => payloadRunId(job.payload))
  if (ended.length === 0) return []
  const runs = await endUnstartedRuns(tx, { runIds: ended, status: 'cancelled', error: null, now, outbox })
  for (const { id, usage } of runs) await appendEvent(tx, id, { type: 'run.cancelled', data: { reason, usage } }, now)
  await tellChanged(outbox, tx, 'run.cancelled', runs, now)
  return runs.map(run => run.id)
}
