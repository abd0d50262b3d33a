import type { Transaction } from '../../db/database.ts'
import { lockNames } from '../../db/lock-names.ts'
import type { NewJob } from '../job.ts'

export interface InsertedJob {
  id: string
  state: 'scheduled' | 'available' | 'running'
}

// A job is leased at once only if it is due, asked for it and is alone at the head of its order key.
const sqlite = `
with input as (
  select value->>'id' id, value->>'tenantId' tenant_id, value->>'queue' queue, value->>'kind' kind,
         value->>'payload' payload, value->>'priority' priority, value->>'delayMs' delay_ms,
         value->>'maxAttempts' max_attempts, value->>'orderKey' order_key, value->>'handOffTo' worker, key ordinal
  from json_each(?1)
), placed as (
  select *, case when order_key is null then null else
    coalesce((select max(order_position) from jobs j where j.order_key = input.order_key and j.finished_at is null), 0)
    + row_number() over (partition by order_key order by ordinal) end order_position
  from input
), decided as (
  select *, case when delay_ms > 0 then 'scheduled' when worker is null or order_position > 1 then 'available'
            else 'running' end state
  from placed
)
insert into jobs (id, tenant_id, queue, kind, payload, state, priority, run_at, attempt, max_attempts,
                  lease_expires_at, worker, order_key, order_position, errors, created_at, started_at)
select id, tenant_id, queue, kind, payload, state, priority, ?2 + delay_ms, iif(state = 'running', 1, 0), max_attempts,
       iif(state = 'running', ?2 + ?3, null), iif(state = 'running', worker, null), order_key, order_position, '[]', ?2,
       iif(state = 'running', ?2, null)
from decided where true
returning id, state`

const postgres = `
with input as (
  select i.*, ordinal
  from json_array_elements($1::json) with ordinality e(value, ordinal),
       json_to_record(value) i("id" text, "tenantId" text, "queue" text, "kind" text, "payload" text, "priority" int,
                               "delayMs" float8, "maxAttempts" int, "orderKey" text, "handOffTo" text)
), placed as (
  select *, case when "orderKey" is null then null else
    coalesce((select max(order_position) from jobs j where j.order_key = input."orderKey" and j.finished_at is null), 0)
    + row_number() over (partition by "orderKey" order by ordinal) end order_position
  from input
), decided as (
  select *, case when "delayMs" > 0 then 'scheduled' when "handOffTo" is null or order_position > 1 then 'available'
            else 'running' end state, coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now
  from placed
)
insert into jobs (id, tenant_id, queue, kind, payload, state, priority, run_at, attempt, max_attempts,
                  lease_expires_at, worker, order_key, order_position, errors, created_at, started_at)
select id, "tenantId", queue, kind, payload::json, state, priority, now + "delayMs" * interval '1 ms',
       case state when 'running' then 1 else 0 end, "maxAttempts",
       case state when 'running' then now + $3::float8 * interval '1 ms' end,
       case state when 'running' then "handOffTo" end, "orderKey", order_position, '[]', now,
       case state when 'running' then now end
from decided
returning id, state`

/**
 * Enqueues in the caller's transaction. Returns each job's state, in no order; jobs in state `running` belong to
 * `handOffTo`, as attempt 1.
 * @param leaseMs how long a handed-off job is leased
 */
export async function insertJobs(
  tx: Transaction,
  jobs: NewJob[],
  time: { now: number | null; leaseMs: number },
): Promise<InsertedJob[]> {
  const rows = JSON.stringify(
    jobs.map(job => ({
      priority: 0,
      orderKey: null,
      handOffTo: null,
      ...job,
      delayMs: Math.ceil(job.delayMs ?? 0),
      payload: JSON.stringify(job.payload),
    })),
  )
  await lockOrderKeys(
    tx,
    jobs.flatMap(job => job.orderKey ?? []),
  )
  return tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [rows, time.now, time.leaseMs])
}

/**
 * Makes other enqueuers of these keys wait until this transaction ends, so that whoever sees a job of a key also sees
 * all before it.
 */
export async function lockOrderKeys(tx: Transaction, keys: string[]): Promise<void> {
  if (keys.length > 0) await lockNames(tx, keys)
}
