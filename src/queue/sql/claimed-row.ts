import type { Json } from '../../json.ts'
import type { ClaimedJob } from '../job.ts'

/** What every claim returns of a job. */
export interface ClaimedRow {
  id: string
  tenant_id: string
  kind: string
  payload: string
  attempt: number
  max_attempts: number
  ordered: number
  limit_key: string | null
  timeout_ms: number | null
  due_to_lease_end_ms: number
  trace_parent: string | null
}

const columns = `tenant_id, kind, attempt, max_attempts, limit_key, timeout_ms, trace_parent`

/** The select list of a claim, on a table `jobs` that another may stand beside. */
export const claimedColumns = {
  sqlite: `id, payload, ${columns}, order_key is not null ordered, lease_expires_at - run_at due_to_lease_end_ms`,
  postgres: `jobs.id, payload::text, ${columns}, (order_key is not null)::int ordered,
    (extract(epoch from lease_expires_at - run_at) * 1000)::float8 due_to_lease_end_ms`,
} as const

/** No earlier job of its order key is unfinished, and no discarded one blocks it; `j` is the job. */
export const head = `(j.order_key is null or (not exists (
      select 1 from jobs before
      where before.order_key = j.order_key and before.order_position < j.order_position and before.finished_at is null)
    and not exists (
      select 1 from blocked_order_keys blocked where blocked.order_key = j.order_key and blocked.job_id <> j.id)))`

export const toClaimedJob = (row: ClaimedRow, queue: string): ClaimedJob => ({
  id: row.id,
  tenantId: row.tenant_id,
  queue,
  kind: row.kind,
  payload: JSON.parse(row.payload) as Json,
  attempt: row.attempt,
  maxAttempts: row.max_attempts,
  ordered: row.ordered === 1,
  limitKey: row.limit_key,
  timeoutMs: row.timeout_ms,
  dueToLeaseEndMs: row.due_to_lease_end_ms,
  traceParent: row.trace_parent,
})
