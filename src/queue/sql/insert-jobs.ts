import type { Transaction } from '../../db/database.ts'
import { lockNames } from '../../db/lock-names.ts'
import type { NewJob } from '../job.ts'

export interface InsertedJob {
  id: string
  state: 'scheduled' | 'available' | 'running'
}

const columns = `id, tenant_id, queue, kind, payload, state, priority, run_at, attempt, max_attempts, lease_expires_at,
  worker, order_key, order_position, errors, created_at, started_at`

const sqlite = `
insert into jobs (${columns})
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, '[]', ?15, ?16)`

const lastPosition = `
select coalesce(max(order_position), 0) last from jobs where order_key = ?1 and finished_at is null`

// A job is leased at once only if it is due, asked for it and is alone at the head of its order key.
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
insert into jobs (${columns})
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
  const rows = jobs.map(job => ({
    priority: 0,
    orderKey: null,
    handOffTo: null,
    ...job,
    delayMs: Math.ceil(job.delayMs ?? 0),
    payload: JSON.stringify(job.payload),
  }))
  if (tx.dialect === 'sqlite') return insertOnSqlite(tx, rows, { now: time.now ?? 0, leaseMs: time.leaseMs })
  await lockOrderKeys(
    tx,
    jobs.flatMap(job => job.orderKey ?? []),
  )
  return tx.query(postgres, [JSON.stringify(rows), time.now, time.leaseMs])
}

interface Row extends Required<NewJob> {
  payload: string
}

/** Decides here what Postgres decides in its statement: there is one writer, and plain statements are the quickest. */
async function insertOnSqlite(
  tx: Transaction,
  rows: Row[],
  { now, leaseMs }: { now: number; leaseMs: number },
): Promise<InsertedJob[]> {
  const positions = await nextPositions(tx, rows)
  const placed = rows.map((job, index) => {
    const position = positions[index] ?? null
    const leased = job.delayMs <= 0 && job.handOffTo !== null && (position === null || position === 1)
    return { ...job, position, state: leased ? 'running' : job.delayMs > 0 ? 'scheduled' : 'available' } as const
  })
  const params = placed.map(job => [
    job.id,
    job.tenantId,
    job.queue,
    job.kind,
    job.payload,
    job.state,
    job.priority,
    now + job.delayMs,
    ...(job.state === 'running'
      ? [1, job.maxAttempts, now + leaseMs, job.handOffTo]
      : [0, job.maxAttempts, null, null]),
    job.orderKey,
    job.position,
    now,
    job.state === 'running' ? now : null,
  ])
  await tx.queryEach(sqlite, params)
  return placed.map(({ id, state }) => ({ id, state }))
}

/** The place of each job behind the unfinished ones of its key; null without a key. */
async function nextPositions(tx: Transaction, rows: Row[]): Promise<(number | null)[]> {
  const last = new Map<string, number>()
  const positions: (number | null)[] = []
  for (const { orderKey } of rows) {
    if (orderKey === null) positions.push(null)
    else {
      const position = (last.get(orderKey) ?? (await readLast(tx, orderKey))) + 1
      last.set(orderKey, position)
      positions.push(position)
    }
  }
  return positions
}

async function readLast(tx: Transaction, orderKey: string): Promise<number> {
  const [row] = await tx.query<{ last: number }>(lastPosition, [orderKey])
  return row?.last ?? 0
}

/**
 * Makes other enqueuers of these keys wait until this transaction ends, so that whoever sees a job of a key also sees
 * all before it.
 */
export async function lockOrderKeys(tx: Transaction, keys: string[]): Promise<void> {
  if (keys.length > 0) await lockNames(tx, keys)
}
