import type { Json } from '../../json.ts'
import type { ClaimedJob } from '../job.ts'

/** What every claim returns of a job. */
export interface ClaimedRow {
  id: string
  tenant_id: string
  kind: string
  /** JSON. */
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

const dueToLeaseEnd = `date_part('epoch', lease_expires_at - run_at) * 1000 due_to_lease_end_ms`

/** The select list of a claim, on a table `jobs` that another may stand beside. */
export const claimedColumns = {
  sqlite: `id, payload, ${columns}, order_key is not null ordered, lease_expires_at - run_at due_to_lease_end_ms`,
  postgres: `jobs.id, payload::text, ${columns}, (order_key is not null)::int ordered, ${dueToLeaseEnd}`,
} as const

/** Of a claim of many on Postgres, into a table: to be read by `claimedLists`. */
export const listedColumns = `jobs.id, payload, ${columns}, (order_key is not null)::int ordered, ${dueToLeaseEnd}`

/**
 * A table with these columns as one JSON text, a list for each column: the driver takes each value of a row apart by itself, and
 * a JSON object for each row would cost half as much as taking it.
 */
export const claimedLists = (
  table: 'claimed' | 'together',
): string => `(select json_build_array(json_agg(id), json_agg(tenant_id), json_agg(kind), json_agg(payload),
    json_agg(attempt), json_agg(max_attempts), json_agg(ordered), json_agg(limit_key), json_agg(timeout_ms),
    json_agg(due_to_lease_end_ms), json_agg(trace_parent)) from ${table})::text`

type ClaimedLists = [
  ids: string[],
  tenantIds: string[],
  kinds: string[],
  payloads: Json[],
  attempts: number[],
  maxAttempts: number[],
  ordered: number[],
  limitKeys: (string | null)[],
  timeouts: (number | null)[],
  dueToLeaseEnd: number[],
  traceParents: (string | null)[],
]

/** @param claim as of the `ClaimedJob` */
export function listedJobs(json: string, queue: string, claim?: string): ClaimedJob[] {
  // As `claimedLists` builds it; of nothing, every list is null.
  const lists = JSON.parse(json) as ClaimedLists | [null]
  if (lists[0] === null) return []
  const [
    ids,
    tenantIds,
    kinds,
    payloads,
    attempts,
    maxAttempts,
    ordered,
    limitKeys,
    timeouts,
    dueToLeaseEnd,
    traceParents,
  ] = lists
  return ids.map((id, row) => ({
    id,
    tenantId: at(tenantIds, row),
    queue,
    kind: at(kinds, row),
    payload: at(payloads, row),
    attempt: at(attempts, row),
    maxAttempts: at(maxAttempts, row),
    ordered: at(ordered, row) === 1,
    limitKey: at(limitKeys, row),
    timeoutMs: at(timeouts, row),
    dueToLeaseEndMs: at(dueToLeaseEnd, row),
    traceParent: at(traceParents, row),
    claim,
  }))
}

/** The lists are of one length. */
const at = <T>(list: T[], row: number): T => list[row] as T

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
