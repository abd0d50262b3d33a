import type { Connection, Param } from '../../../db/database.ts'
import type { JobError } from '../../job.ts'

/** An order key whose first job lets nothing pass. */
export interface BlockedKey {
  /** As it is stored. */
  orderKey: string
  jobId: string
  reason: 'discarded' | 'retrying'
  /** Of a discarded one; milliseconds since 1970, as is the other. */
  blockedAt: number | null
  /** Of one that waits for its next attempt. */
  nextAttemptAt: number | null
  errors: JobError[]
  /** Counted up to 10,000. */
  jobsBehind: number
}

interface Row {
  order_key: string
  job_id: string
  reason: BlockedKey['reason']
  blocked_at: number | null
  next_attempt_at: number | null
  errors: string
  jobs_behind: number
}

// Of those that wait for their next attempt, the ones that are due first: who backs off is not long among them.
const looked = 10_000
const counted = 10_000

const statement = (queue: string, tenant: string, after: string, limit: string) => `
with scheduled as (
  select id, tenant_id, order_key, order_position, attempt, run_at, errors from jobs
  where state = 'scheduled' and queue = ${queue} order by run_at limit ${looked}),
heads as (
  select b.order_key, b.job_id, 'discarded' reason, b.blocked_at, j.run_at, j.errors, 0 place
  from blocked_order_keys b join jobs j on j.id = b.job_id
  where b.queue = ${queue} and b.tenant_id = ${tenant} and b.order_key > ${after}
  union all
  select s.order_key, s.id, 'retrying', null, s.run_at, s.errors, s.order_position
  from scheduled s
  where s.attempt > 0 and s.tenant_id = ${tenant} and s.order_key > ${after}
    and not exists (select 1 from blocked_order_keys b where b.order_key = s.order_key)
    and not exists (select 1 from jobs o where o.order_key = s.order_key and o.order_position < s.order_position
                    and o.finished_at is null)
    and exists (select 1 from jobs o where o.order_key = s.order_key and o.order_position > s.order_position
                and o.finished_at is null))
select order_key, job_id, reason, blocked_at, case reason when 'retrying' then run_at end next_attempt_at, errors,
  (select count(*) from (select 1 from jobs o where o.order_key = heads.order_key and o.order_position > heads.place
                         and o.finished_at is null limit ${counted}) behind) jobs_behind
from heads order by order_key limit ${limit}`
const sqlite = statement('?1', '?2', '?3', '?4')
const postgres = statement('$1', '$2', '$3', '$4::int')

/** A tenant's order keys on a queue that wait for their first job, in the order of the keys; those after one of them. */
export async function blockedKeys(
  { dialect, query }: Pick<Connection, 'dialect' | 'query'>,
  { queue, tenantId }: { queue: string; tenantId: string },
  { after, limit }: { after: string; limit: number },
): Promise<BlockedKey[]> {
  const params: Param[] = [queue, tenantId, after, limit]
  const rows = await query<Row>(dialect === 'sqlite' ? sqlite : postgres, params)
  return rows.map(row => ({
    orderKey: row.order_key,
    jobId: row.job_id,
    reason: row.reason,
    blockedAt: row.blocked_at,
    nextAttemptAt: row.next_attempt_at,
    errors: JSON.parse(row.errors) as JobError[], // written by the queue alone
    jobsBehind: row.jobs_behind,
  }))
}
