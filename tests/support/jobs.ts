import { eq, type InferSelectModel } from 'drizzle-orm'
import type { Connection, Database } from '../../src/db/database.ts'
import type { Tables } from '../../src/db/tables.ts'
import type { ClaimedJob, NewJob, Outcome } from '../../src/queue/job.ts'
import { claimJobs } from '../../src/queue/sql/claim-jobs.ts'
import { insertJobs } from '../../src/queue/sql/insert-jobs.ts'
import { settleJobs } from '../../src/queue/sql/settle-jobs.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import { newId } from '../../src/runtime/id.ts'

export type JobRow = InferSelectModel<Tables['jobs']>

/** A lease of the statements' tests, in milliseconds. */
export const leaseMs = 30_000

export const newQueue = (): string => `queue_${crypto.randomUUID()}`

export const newJob = (queue: string, given: Partial<NewJob> = {}): NewJob => ({
  id: newId('job'),
  tenantId: 'default',
  queue,
  kind: 'test',
  payload: {},
  maxAttempts: 3,
  ...given,
})

/** Enqueues in a transaction of its own. */
export const enqueue = (database: Database, clock: Pick<Clock, 'now'>, ...jobs: NewJob[]) =>
  database.transaction(tx => insertJobs(tx, jobs, { now: clock.now(), leaseMs }))

export const claim = (
  database: Database,
  clock: Pick<Clock, 'now'>,
  queue: string,
  { limit = 100, worker = 'wrk_test' } = {},
): Promise<ClaimedJob[]> =>
  database.transaction(tx => claimJobs(tx, { queue, worker, limit, leaseMs, now: clock.now() }))

/** Enqueues one job and claims it. */
export async function running(
  database: Database,
  clock: Pick<Clock, 'now'>,
  given: Partial<NewJob> = {},
): Promise<ClaimedJob> {
  const queue = given.queue ?? newQueue()
  await enqueue(database, clock, newJob(queue, given))
  const [job] = await claim(database, clock, queue, { limit: 1 })
  if (!job) throw new Error('The job was not claimed.')
  return job
}

export async function readJob({ orm, tables: { jobs } }: Connection, id: string): Promise<JobRow> {
  const [row] = await orm.select().from(jobs).where(eq(jobs.id, id))
  if (!row) throw new Error(`There is no job ${id}.`)
  return row
}

/** Settles one attempt. Ids of what was written. */
export async function settle(
  database: Database,
  clock: Pick<Clock, 'now'>,
  { id, attempt }: Pick<ClaimedJob, 'id' | 'attempt'>,
  outcome: Outcome,
): Promise<string[]> {
  const settlement = { jobId: id, attempt, outcome }
  return [...(await database.transaction(tx => settleJobs(tx, [settlement], clock.now()))).keys()]
}

/** Every job of a queue, in the order of its ids. */
export const readQueue = ({ orm, tables: { jobs } }: Connection, queue: string): Promise<JobRow[]> =>
  orm.select().from(jobs).where(eq(jobs.queue, queue)).orderBy(jobs.id)
