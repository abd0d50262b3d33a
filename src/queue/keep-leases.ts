import type { Database } from '../db/database.ts'
import type { Clock } from '../runtime/clock.ts'
import { CancelRequested, LeaseLost } from './abort-reason.ts'
import type { Execution } from './execution.ts'
import { renewLeases } from './sql/renew-leases.ts'
import { queueTime } from './time.ts'

/** Renews the leases of what runs, and tells those to stop whose lease was taken over or that somebody wants cancelled. */
export async function keepLeases(
  { database, clock, leaseMs }: { database: Database; clock: Clock; leaseMs: number },
  executions: Execution[],
): Promise<void> {
  if (executions.length === 0) return
  const now = queueTime(database, clock)
  const holds = executions.map(({ job }) => ({ jobId: job.id, attempt: job.attempt }))
  const renewed = await database.transaction(tx => renewLeases(tx, holds, { now, leaseMs }))
  const mine = new Map(renewed.map(job => [job.id, job]))
  for (const execution of executions) {
    const job = mine.get(execution.job.id)
    // One that settled meanwhile is no longer among those that run, or about to leave them.
    if (!job) execution.abort(new LeaseLost('The lease was taken over.'))
    else if (job.cancelRequested) execution.abort(new CancelRequested('Somebody cancelled it.'))
  }
}
