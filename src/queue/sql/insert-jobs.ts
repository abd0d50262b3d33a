import type { Transaction } from '../../db/database.ts'
import { lockNames } from '../../db/lock-names.ts'
import { dependencyWaves } from '../dependency-waves.ts'
import type { NewJob } from '../job.ts'
import { stateBits } from '../job-state.ts'
import { insertDependencies } from './insert-dependencies.ts'
import type { InsertTime, JobRow, WrittenRow } from './insert-job-rows.ts'
import { insertUnlessHeld } from './insert-unless-held.ts'
import { noteTraces } from './note-traces.ts'
import { planDependencies } from './plan-dependencies.ts'

/** What became of a new job. `existing`: the job that has its unique key, and takes its place. */
export type InsertedJob =
  | { id: string; state: WrittenRow['state']; existing: null }
  | { id: string; state: 'kept' | 'replaced'; existing: string }

/**
 * Enqueues in the caller's transaction. Returns what became of each job, in their order; jobs in state `running` belong
 * to `handOffTo`, as attempt 1. Where a unique job is not inserted, those of the batch that depend on it depend on the
 * job that has its key.
 * @throws AppError not_found, invalid_request for a dependency that is not there, or on itself; unavailable
 */
export async function insertJobs(tx: Transaction, jobs: NewJob[], time: InsertTime): Promise<InsertedJob[]> {
  const [alone] = jobs
  // Most jobs come one at a time, and somebody waits for each.
  if (alone && jobs.length === 1 && isPlain(alone)) return insertUnlessHeld(tx, [toRow(alone)], new Map(), time)
  await lockOrderKeys(
    tx,
    jobs.flatMap(job => job.orderKey ?? []),
  )
  const inserted = new Map<string, InsertedJob>()
  const linked = jobs.some(job => job.dependsOn !== undefined && job.dependsOn.length > 0)
  for (const wave of linked ? dependencyWaves(jobs) : [jobs]) {
    const rows = wave.map(toRow)
    const dependencies = linked ? await planDependencies(tx, wave, byId(rows), takenBy(inserted)) : []
    const rules = new Map(wave.flatMap(({ id, unique }) => (unique ? [[id, unique] as const] : [])))
    for (const chunk of chunksOf(rows)) {
      for (const job of await insertUnlessHeld(tx, chunk, rules, time)) inserted.set(job.id, job)
    }
    await insertDependencies(
      tx,
      dependencies.filter(({ jobId }) => inserted.get(jobId)?.existing === null),
    )
  }
  await noteTraces(tx, jobs)
  return jobs.flatMap(({ id }) => inserted.get(id) ?? [])
}

/** Nothing but its own row is to be looked at or written. */
export const isPlain = (job: NewJob): boolean =>
  job.orderKey == null && job.unique == null && job.traceParent == null && (job.dependsOn?.length ?? 0) === 0

const byId = (rows: JobRow[]): Map<string, JobRow> => new Map(rows.map(row => [row.id, row]))

const takenBy = (inserted: ReadonlyMap<string, InsertedJob>): Map<string, string> =>
  new Map([...inserted.values()].flatMap(({ id, existing }) => (existing === null ? [] : [[id, existing] as const])))

/** One statement takes so many: its text has an end on Postgres, and others of the process want their turn. */
const chunkSize = 2_000

function* chunksOf(rows: JobRow[]): Generator<JobRow[]> {
  for (let at = 0; at < rows.length; at += chunkSize) yield rows.slice(at, at + chunkSize)
}

export const toRow = (job: NewJob): JobRow => ({
  id: job.id,
  tenantId: job.tenantId,
  queue: job.queue,
  kind: job.kind,
  payload: JSON.stringify(job.payload),
  priority: job.priority ?? 0,
  delayMs: Math.ceil(job.delayMs ?? 0),
  maxAttempts: job.maxAttempts,
  orderKey: job.orderKey ?? null,
  orderBlocks: job.orderBlocks ? 1 : undefined,
  limitKey: job.limitKey ?? undefined,
  uniqueKey: job.unique?.key,
  uniqueStates: job.unique ? stateBits(job.unique.states) : undefined,
  uniqueForMs: job.unique?.forMs == null ? undefined : Math.ceil(job.unique.forMs),
  timeoutMs: job.timeoutMs == null ? undefined : Math.ceil(job.timeoutMs),
  waitsFor: undefined,
  runsAfterFailure: job.runsAfterFailure ? 1 : undefined,
  hasDependents: undefined,
  failure: undefined,
  handOffTo: job.handOffTo ?? null,
  unlessWaiting: job.handOffUnlessWaiting ? 1 : undefined,
})

/**
 * Makes other enqueuers of these keys wait until this transaction ends, so that whoever sees a job of a key also sees
 * all before it.
 */
export async function lockOrderKeys(tx: Transaction, keys: string[]): Promise<void> {
  if (keys.length > 0) await lockNames(tx, keys)
}
