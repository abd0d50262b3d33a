import type { Transaction } from '../../db/database.ts'
import { lockNames } from '../../db/lock-names.ts'
import type { NewJob } from '../job.ts'
import { stateBits } from '../job-state.ts'
import { type InsertTime, insertJobRows, type JobRow, type WrittenRow } from './insert-job-rows.ts'

/** What became of a new job. `existing`: the job that has its unique key, and takes its place. */
export type InsertedJob =
  | { id: string; state: WrittenRow['state']; existing: null }
  | { id: string; state: 'kept' | 'replaced'; existing: string }

/**
 * Enqueues in the caller's transaction. Returns what became of each job, in their order; jobs in state `running` belong
 * to `handOffTo`, as attempt 1.
 */
export async function insertJobs(tx: Transaction, jobs: NewJob[], time: InsertTime): Promise<InsertedJob[]> {
  await lockOrderKeys(
    tx,
    jobs.flatMap(job => job.orderKey ?? []),
  )
  const written = await insertJobRows(tx, jobs.map(toRow), time)
  const states = new Map(written.map(({ id, state }) => [id, state]))
  return jobs.map(({ id }) => ({ id, state: states.get(id) ?? 'available', existing: null }))
}

/** Keeps the row short: most jobs have few of these, and Postgres gets them as JSON. */
function toRow(job: NewJob): JobRow {
  const row: JobRow = {
    id: job.id,
    tenantId: job.tenantId,
    queue: job.queue,
    kind: job.kind,
    payload: JSON.stringify(job.payload),
    priority: job.priority ?? 0,
    delayMs: Math.ceil(job.delayMs ?? 0),
    maxAttempts: job.maxAttempts,
    orderKey: job.orderKey ?? null,
    handOffTo: job.handOffTo ?? null,
  }
  if (job.orderBlocks) row.orderBlocks = 1
  if (job.limitKey != null) row.limitKey = job.limitKey
  if (job.timeoutMs != null) row.timeoutMs = Math.ceil(job.timeoutMs)
  if (job.runsAfterFailure) row.runsAfterFailure = 1
  if (job.unique) {
    row.uniqueKey = job.unique.key
    row.uniqueStates = stateBits(job.unique.states)
    if (job.unique.forMs !== null) row.uniqueForMs = Math.ceil(job.unique.forMs)
  }
  return row
}

/**
 * Makes other enqueuers of these keys wait until this transaction ends, so that whoever sees a job of a key also sees
 * all before it.
 */
export async function lockOrderKeys(tx: Transaction, keys: string[]): Promise<void> {
  if (keys.length > 0) await lockNames(tx, keys)
}
