import type { Transaction } from '../../db/database.ts'
import type { Json } from '../../json.ts'
import type { ClaimedJob } from '../job.ts'

export interface Claim {
  queue: string
  worker: string
  limit: number
  leaseMs: number
  /** Null on Postgres: its own clock. */
  now: number | null
}

/** What both claims return of a job. */
export interface ClaimedRow {
  id: string
  tenant_id: string
  kind: string
  payload: string
  attempt: number
  max_attempts: number
  ordered: number
}

/** No earlier job of its order key is unfinished; `j` is the job. */
export const head = `(j.order_key is null or not exists (
      select 1 from jobs before
      where before.order_key = j.order_key and before.order_position < j.order_position and before.finished_at is null))`

const sqlite = `
update jobs set state = 'running', attempt = attempt + 1, worker = ?2, lease_expires_at = ?5 + ?4,
                started_at = coalesce(started_at, ?5)
where id in (select id from jobs j where queue = ?1 and state = 'available' and run_at <= ?5 and ${head}
             order by priority, run_at, id limit ?3)
returning id, tenant_id, kind, payload, attempt, max_attempts, order_key is not null ordered`

// The lease and its lock are one statement, and settling is another: fused, they can deadlock.
// `any(array(…))`, here and in the statements beside: joined, a table of middling size would be read as a whole.
const postgres = `
with clock as materialized (select coalesce($5::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
next as materialized (
  select j.id from jobs j, clock
  where j.queue = $1 and j.state = 'available' and j.run_at <= clock.now and ${head}
  order by j.priority, j.run_at, j.id limit $3 for update of j skip locked)
update jobs set state = 'running', attempt = attempt + 1, worker = $2,
                lease_expires_at = clock.now + $4::float8 * interval '1 ms',
                started_at = coalesce(started_at, clock.now)
from clock where jobs.id = any(array(select id from next))
returning jobs.id, tenant_id, kind, payload, attempt, max_attempts, (order_key is not null)::int ordered`

/**
 * Takes up to `limit` due jobs of a queue, first by priority, then by time. Uses the partial index `jobs_to_claim`.
 * Two workers never get the same job: on Postgres the second skips the first one's row locks and then no longer finds
 * the state `available`; SQLite has one writer.
 */
export async function claimJobs(tx: Transaction, claim: Claim): Promise<ClaimedJob[]> {
  const rows = await tx.query<ClaimedRow>(tx.dialect === 'sqlite' ? sqlite : postgres, [
    claim.queue,
    claim.worker,
    claim.limit,
    claim.leaseMs,
    claim.now,
  ])
  return rows.map(row => toClaimedJob(row, claim.queue))
}

export const toClaimedJob = (row: ClaimedRow, queue: string): ClaimedJob => ({
  id: row.id,
  tenantId: row.tenant_id,
  queue,
  kind: row.kind,
  payload: JSON.parse(row.payload) as Json,
  attempt: row.attempt,
  maxAttempts: row.max_attempts,
  ordered: row.ordered === 1,
})
