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

/** The rows of such a table by what they have in common, which for most jobs is all but their ids, payloads and times. */
export const alike = (table: string): string => `
  select tenant_id, kind, attempt, max_attempts, ordered, limit_key, timeout_ms, string_agg(id, ',') ids,
         json_agg(payload) payloads, json_agg(due_to_lease_end_ms) dues,
         json_agg(trace_parent) filter (where trace_parent is not null) trace_parents
  from ${table}
  group by tenant_id, kind, attempt, max_attempts, ordered, limit_key, timeout_ms, trace_parent is null`

/** That as one JSON text: the driver takes each value of a row apart by itself, which for each job would cost much. */
export const alikeLists = (table: string): string => `(select json_agg(json_build_array(
    tenant_id, kind, attempt, max_attempts, ordered, limit_key, timeout_ms, ids, payloads, dues, trace_parents))
  from ${table})::text`

export const claimedLists = (table: string): string => alikeLists(`(${alike(table)}) alike`)

type Alike = [
  tenantId: string,
  kind: string,
  attempt: number,
  maxAttempts: number,
  ordered: number,
  limitKey: string | null,
  timeoutMs: number | null,
  ids: string,
  payloads: Json[],
  dueToLeaseEndMs: number[],
  traceParents: string[] | null,
]

/** @param claim as of the `ClaimedJob` */
export function listedJobs(json: string | null, queue: string, claim?: string): ClaimedJob[] {
  if (json === null) return []
  const jobs: ClaimedJob[] = []
  // As `alikeLists` builds it.
  for (const group of JSON.parse(json) as Alike[]) {
    const [tenantId, kind, attempt, maxAttempts, ordered, limitKey, timeoutMs, ids, payloads, dues, traceParents] =
      group
    const list = ids.split(',')
    for (let row = 0; row < list.length; row++) {
      jobs.push({
        id: list[row] as string,
        tenantId,
        queue,
        kind,
        // The lists are of one length.
        payload: payloads[row] as Json,
        attempt,
        maxAttempts,
        ordered: ordered === 1,
        limitKey,
        timeoutMs,
        dueToLeaseEndMs: dues[row] as number,
        traceParent: traceParents?.[row] ?? null,
        claim,
      })
    }
  }
  return jobs
}

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
