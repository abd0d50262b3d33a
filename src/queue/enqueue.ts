import type { Database, Transaction } from '../db/database.ts'
import type { CommittedHint } from '../db/notifier.ts'
import type { NewJob } from './job.ts'
import type { JobKind } from './kind.ts'
import { checkPayload } from './payload.ts'
import { type InsertTime, insertUncounted } from './sql/insert-job-rows.ts'
import { type InsertedJob, insertJobs, isPlain, toRow } from './sql/insert-jobs.ts'
import { checkDepth } from './sql/queue-depth.ts'

/**
 * Enqueues in the caller's transaction what its kinds and queues accept: all of the jobs, or none. Returns what became
 * of each, in their order. When that is committed, whoever works on their queues is to be told: by waking the worker of
 * this process, and by publishing the queue's name on the topic `queue`.
 * @throws AppError invalid_request, not_found (a dependency), rate_limited (a full queue), unavailable
 */
export async function enqueueJobs(
  app: { kinds: ReadonlyMap<string, JobKind> },
  tx: Transaction,
  jobs: NewJob[],
  time: InsertTime,
): Promise<InsertedJob[]> {
  for (const [index, job] of jobs.entries()) checkPayload(app.kinds, job, jobs.length === 1 ? '' : `/jobs/${index}`)
  const added = new Map<string, number>()
  for (const { queue } of jobs) added.set(queue, (added.get(queue) ?? 0) + 1)
  await checkDepth(tx, added)
  return insertJobs(tx, jobs, time)
}

/**
 * The same for one job, in a transaction of its own: on Postgres one round trip instead of four. Null where that takes
 * more than one statement, and nothing has been written or told.
 * @param hint told with the commit, where the job is handed over
 * @throws AppError invalid_request
 */
export async function enqueueAlone(
  app: { kinds: ReadonlyMap<string, JobKind>; database: Database },
  job: NewJob,
  time: InsertTime,
  hint: CommittedHint | null = null,
): Promise<InsertedJob | null> {
  if (app.database.dialect !== 'postgres' || !isPlain(job)) return null
  checkPayload(app.kinds, job, '')
  const written = await app.database.single(tx => insertUncounted(tx, toRow(job), time, hint))
  return written && { id: written.id, state: written.state, existing: null }
}

/**
 * The key of a `UniqueRule`: keys of one name are the same only within a tenant and a kind. By its rule a key is
 * - unique: `states` are those in which a job of the key makes others needless, `forMs` null, `keep`;
 * - a throttle (at most one job in a time): all states, `forMs` that time, `keep`;
 * - a debounce (one job when the calls have stopped): the states up to `running`, `replace`, and the time as `delayMs`.
 */
export const uniqueKeyOf = ({ tenantId, kind, key }: { tenantId: string; kind: string; key: string }): string =>
  new Bun.CryptoHasher('sha256').update(JSON.stringify([tenantId, kind, key])).digest('hex')
