import type { Transaction } from '../db/database.ts'
import { insertJobs } from '../queue/sql/insert-jobs.ts'
import { newId } from '../runtime/id.ts'
import { runJob } from './run.ts'

/** Job kind of what is to be done between a run and the one whose tool call it is, once either has ended. */
export const childJob = { kind: 'run.child', queue: runJob.queue } as const

const maxAttempts = 50

interface Child {
  id: string
  tenantId: string
}

/** In the commit that has ended these runs, or those that waited for them. */
export async function enqueueChildren(tx: Transaction, children: Child[], now: number | null): Promise<void> {
  if (children.length === 0) return
  const jobs = children.map(({ id, tenantId }) => ({
    id: newId('job'),
    tenantId,
    ...childJob,
    payload: { run_id: id },
    maxAttempts,
  }))
  await insertJobs(tx, jobs, { now, leaseMs: 0 })
}
