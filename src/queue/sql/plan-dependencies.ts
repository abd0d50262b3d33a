import type { Transaction } from '../../db/database.ts'
import { notFound } from '../../errors.ts'
import type { NewJob } from '../job.ts'
import { finalStates, type JobState } from '../job-state.ts'
import { type Dependency, lockDependedOn } from './insert-dependencies.ts'
import type { JobRow } from './insert-job-rows.ts'

/** A job of the wave, and the ids of those that it depends on as they are stored. */
interface Link {
  job: NewJob
  row: JobRow
  dependsOn: string[]
}

/**
 * Writes into the rows of one wave what they wait for, and that a job is cancelled which depends on one that has failed.
 * Returns the dependencies that are to be stored once their jobs are.
 * @param rows by the ids of jobs
 * @param takenBy the ids of jobs that took the place of earlier ones of the batch, by the ids of those
 * @throws AppError not_found where a job depends on one that is not there, or belongs to another tenant
 */
export async function planDependencies(
  tx: Transaction,
  wave: NewJob[],
  rows: ReadonlyMap<string, JobRow>,
  takenBy: ReadonlyMap<string, string>,
): Promise<Dependency[]> {
  const inWave = new Map(wave.map(({ id, tenantId }) => [id, tenantId]))
  const links = wave.flatMap((job): Link[] => {
    const row = rows.get(job.id)
    if (!row || !job.dependsOn?.length) return []
    return [{ job, row, dependsOn: [...new Set(job.dependsOn.map(id => takenBy.get(id) ?? id))] }]
  })
  const outside = links.flatMap(({ dependsOn }) => dependsOn.filter(id => !inWave.has(id)))
  const stored = await lockDependedOn(tx, [...new Set(outside)])

  const stateOf = (id: string, tenantId: string): JobState => {
    const before = stored.get(id)
    if ((before?.tenant_id ?? inWave.get(id)) !== tenantId) throw notFound('job', id)
    return before?.state ?? (rows.get(id)?.failure === undefined ? 'available' : 'cancelled')
  }
  return links.flatMap(({ job, row, dependsOn }) => {
    const { id: jobId, tenantId } = job
    const states = dependsOn.map(id => [id, stateOf(id, tenantId)] as const)
    const failed = states.find(([, state]) => state === 'cancelled' || state === 'discarded')
    if (failed && !job.runsAfterFailure) {
      row.failure = `Job ${failed[0]}, on which it depends, was ${failed[1]}.`
      return []
    }
    const unfinished = states.filter(([, state]) => !isFinal(state)).map(([id]) => id)
    row.waitsFor = unfinished.length
    for (const id of unfinished) {
      const before = rows.get(id)
      if (before) before.hasDependents = 1
    }
    return unfinished.map(dependsOn => ({ jobId, dependsOn, tenantId }))
  })
}

const finals: ReadonlySet<JobState> = new Set(finalStates)
const isFinal = (state: JobState): boolean => finals.has(state)
