import type { Transaction } from '../db/database.ts'
import type { Settlement } from '../queue/job.ts'
import { type Hold, holdJobs } from '../queue/sql/hold-jobs.ts'
import { settleJobs } from '../queue/sql/settle-jobs.ts'
import type { RunChange } from './run-log.ts'

/**
 * `lost`: its attempt no longer has the job. `cancelled`: the run was to go on with another attempt, but somebody has
 * asked for its end meanwhile.
 */
export type Fate = 'kept' | 'lost' | 'cancelled'

/** Settles or holds the jobs of the changes, each only where its attempt still has it. */
export async function fence(tx: Transaction, changes: RunChange[], now: number | null): Promise<Fate[]> {
  const settlements: Settlement[] = []
  const holds: Hold[] = []
  for (const { run, attempt, outcome } of changes) {
    if (outcome) settlements.push({ jobId: run.jobId, attempt, outcome })
    else holds.push({ jobId: run.jobId, attempt })
  }
  // Jobs are locked in the order of their ids wherever several are: first all of them, also those to be settled.
  const [held, settled] = await Promise.all([
    holds.length > 0 ? holdJobs(tx, [...holds, ...settlements]) : null,
    settlements.length > 0 ? settleJobs(tx, settlements, now) : null,
  ])
  return changes.map(({ run: { jobId }, outcome }) => {
    if (!outcome) return held?.has(jobId) ? 'kept' : 'lost'
    const state = settled?.get(jobId)
    if (state === undefined) return 'lost'
    return state === 'cancelled' && outcome.kind !== 'cancel' ? 'cancelled' : 'kept'
  })
}
