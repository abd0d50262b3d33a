import type { Param, Transaction } from '../../db/database.ts'
import type { CommittedHint } from '../../db/notifier.ts'
import { holdsKey } from './holds-key.ts'
import { limited } from './open-queue.ts'
import { type PlacedRow, placeRows } from './place-job-rows.ts'

/** A job as its statement takes it. What is undefined is null, or 0, and takes no room in JSON. */
export interface JobRow {
  id: string
  tenantId: string
  queue: string
  kind: string
  /** JSON. */
  payload: string
  priority: number
  delayMs: number
  maxAttempts: number
  orderKey: string | null
  orderBlocks: 1 | undefined
  limitKey: string | undefined
  uniqueKey: string | undefined
  uniqueStates: number | undefined
  uniqueForMs: number | undefined
  timeoutMs: number | undefined
  waitsFor: number | undefined
  runsAfterFailure: 1 | undefined
  hasDependents: 1 | undefined
  /** Why it is cancelled from the start. */
  failure: string | undefined
  handOffTo: string | null
  /** 1: it is leased at once only where nothing of its tenant waits. */
  unlessWaiting: 1 | undefined
}

export interface WrittenRow {
  id: string
  state: 'waiting' | 'scheduled' | 'available' | 'running' | 'cancelled'
}

export interface InsertTime {
  /** Null on Postgres: its own clock. */
  now: number | null
  /** How long a handed-off job is leased. */
  leaseMs: number
}

const columns = `id, tenant_id, queue, kind, payload, state, priority, run_at, attempt, max_attempts, lease_expires_at,
  worker, order_key, order_position, created_at, started_at, order_blocks, limit_key, unique_key, unique_states,
  unique_until, timeout_ms, waits_for, runs_after_failure, has_dependents, finished_at, errors`

const unlessHeld = `on conflict (unique_key) where ${holdsKey} do nothing`

const sqlite = `
insert into jobs (${columns})
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,
        ?25, ?26, iif(?27 is null, '[]', json_array(json_object('attempt', 0, 'at', ?15, 'message', ?27))))`

const sqliteUnlessHeld = `${sqlite} ${unlessHeld} returning id, state`

/**
 * A queue that is paused or limited, and a key that is paused, give work out only by claims, which count it.
 * @param job what the statement calls the parts of the job
 */
const postgresHeldBack = (job: { queue: string; tenant: string; limitKey: string; unlessWaiting: string }): string => `(
      exists (select 1 from queues where queues.name = ${job.queue} and (${limited}))
      or exists (select 1 from rate_buckets b where b.queue = ${job.queue} and b.paused_until > now
                   and b.key in ('', coalesce(${job.limitKey}, '')))
      or ${job.unlessWaiting} = 1 and exists (
        select 1 from jobs j where j.queue = ${job.queue} and j.state = 'available' and j.tenant_id = ${job.tenant}))`

const ofPlaced = { queue: 'placed.queue', tenant: 'placed."tenantId"', limitKey: 'placed."limitKey"' }

// `materialized`: `state` stands in many columns, and would be found out for each of them.
// A job is leased at once only if it is due, asked for it and is alone at the head of its order key. Unique keys are
// written in one order, so that two transactions with several cannot wait for each other.
const postgres = `
with input as (
  select * from rows from (json_to_recordset($1::json) as (
    "id" text, "tenantId" text, "queue" text, "kind" text, "payload" text, "priority" int, "delayMs" float8,
    "maxAttempts" int, "orderKey" text, "orderBlocks" int, "limitKey" text, "uniqueKey" text, "uniqueStates" int,
    "uniqueForMs" float8, "timeoutMs" int, "waitsFor" int, "runsAfterFailure" int, "hasDependents" int, "failure" text,
    "handOffTo" text, "unlessWaiting" int)) with ordinality i("id", "tenantId", "queue", "kind", "payload", "priority", "delayMs",
    "maxAttempts", "orderKey", "orderBlocks", "limitKey", "uniqueKey", "uniqueStates", "uniqueForMs", "timeoutMs",
    "waitsFor", "runsAfterFailure", "hasDependents", "failure", "handOffTo", "unlessWaiting", ordinal)
), placed as (
  select *, case when "orderKey" is null then null else
    coalesce((select max(order_position) from jobs j where j.order_key = input."orderKey" and j.finished_at is null), 0)
    + row_number() over (partition by "orderKey" order by ordinal) end order_position,
    coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now
  from input
), decided as materialized (
  select *, case when "failure" is not null then 'cancelled' when "waitsFor" > 0 then 'waiting'
                 when "delayMs" > 0 then 'scheduled'
                 when "handOffTo" is null or order_position > 1 or ${postgresHeldBack({ ...ofPlaced, unlessWaiting: '"unlessWaiting"' })}
                   or exists (select 1 from blocked_order_keys b where b.order_key = placed."orderKey") then 'available'
                 else 'running' end state
  from placed
)
insert into jobs (${columns})
select id, "tenantId", queue, kind, payload::json, state, priority, now + "delayMs" * interval '1 ms',
       case state when 'running' then 1 else 0 end, "maxAttempts",
       case state when 'running' then now + $3::float8 * interval '1 ms' end,
       case state when 'running' then "handOffTo" end, "orderKey", order_position, now,
       case state when 'running' then now end, coalesce("orderBlocks", 0), "limitKey", "uniqueKey",
       coalesce("uniqueStates", 0), now + "uniqueForMs" * interval '1 ms', "timeoutMs", coalesce("waitsFor", 0),
       coalesce("runsAfterFailure", 0), coalesce("hasDependents", 0), case state when 'cancelled' then now end,
       case when failure is null then '[]' else json_build_array(json_build_object(
         'attempt', 0, 'at', floor(extract(epoch from now) * 1000), 'message', failure)) end
from decided`

const postgresPlain = `${postgres} returning id, state`

/** Nothing has to be looked at to say where such jobs stand: one pass without a sort, and nothing to send back. */
const postgresBulk = `
insert into jobs (id, tenant_id, queue, kind, payload, state, priority, run_at, attempt, max_attempts, created_at,
                  limit_key, timeout_ms, errors)
select id, "tenantId", queue, kind, payload::json, case when "delayMs" > 0 then 'scheduled' else 'available' end, priority,
       now + "delayMs" * interval '1 ms', 0, "maxAttempts", now, "limitKey", "timeoutMs", '[]'
from json_to_recordset($1::json) as i(
       "id" text, "tenantId" text, "queue" text, "kind" text, "payload" text, "priority" int, "delayMs" float8,
       "maxAttempts" int, "limitKey" text, "timeoutMs" int),
     (select coalesce($2::timestamptz, date_trunc('milliseconds', clock_timestamp())) now offset 0) clock`

/** The same for jobs that differ in nothing but their payload: reading two texts a job costs half of reading a record. */
const postgresAlike = `
insert into jobs (id, tenant_id, queue, kind, payload, state, priority, run_at, attempt, max_attempts, created_at,
                  limit_key, timeout_ms, errors)
select id, $4, $5, $6, payload::json, case when $7::float8 > 0 then 'scheduled' else 'available' end, $8::int,
       now + $7::float8 * interval '1 ms', 0, $9::int, now, $10, $11::int, '[]'
from rows from (json_array_elements_text($1::json), json_array_elements_text($2::json)) as i(id, payload),
     (select coalesce($3::timestamptz, date_trunc('milliseconds', clock_timestamp())) now offset 0) clock`

/** Null where they differ in more than their payload. */
function alikeParams(rows: JobRow[], now: number | null): Param[] | null {
  const [first] = rows
  if (!first || !rows.every(row => isLike(row, first))) return null
  const { tenantId, queue, kind, delayMs, priority, maxAttempts, limitKey = null, timeoutMs = null } = first
  const ids = JSON.stringify(rows.map(row => row.id))
  const payloads = JSON.stringify(rows.map(row => row.payload))
  return [ids, payloads, now, tenantId, queue, kind, delayMs, priority, maxAttempts, limitKey, timeoutMs]
}

const isLike = (row: JobRow, other: JobRow): boolean =>
  row.tenantId === other.tenantId &&
  row.queue === other.queue &&
  row.kind === other.kind &&
  row.delayMs === other.delayMs &&
  row.priority === other.priority &&
  row.maxAttempts === other.maxAttempts &&
  row.limitKey === other.limitKey &&
  row.timeoutMs === other.timeoutMs

/**
 * The same for one job, which may ask to be leased at once. Everything by itself: to take a record of JSON apart for one
 * job costs a fifth of the time until it begins. `offset 0` keeps Postgres from looking once for each column.
 */
const postgresOneWhere = (condition: string): string => `
insert into jobs (id, tenant_id, queue, kind, payload, state, priority, run_at, attempt, max_attempts, created_at,
                  limit_key, timeout_ms, errors, lease_expires_at, worker, started_at)
select $1, $2, $3, $4, $5::json, state, $6::int, now + $7::float8 * interval '1 ms', (state = 'running')::int, $8::int, now,
       $9, $10::int, '[]', case state when 'running' then now + $11::float8 * interval '1 ms' end,
       case state when 'running' then $12 end, case state when 'running' then now end
from (select coalesce($13::timestamptz, date_trunc('milliseconds', clock_timestamp())) now offset 0) clock,
     lateral (select case when $7::float8 > 0 then 'scheduled'
                          when $12::text is null or ${postgresHeldBack({ queue: '$3', tenant: '$2', limitKey: '$9::text', unlessWaiting: '$14::int' })}
                          then 'available' else 'running' end state offset 0) decided
${condition}
returning id, state`

const postgresOne = postgresOneWhere('')
const uncounted = 'where not exists (select 1 from queues where queues.name = $3 and depth_limit is not null)'
const postgresOneUncounted = postgresOneWhere(uncounted)
/** It tells the worker that the job is handed to, once it is committed. */
const postgresOneTelling = `with inserted as (${postgresOneWhere(uncounted)})
select id, state, case when state = 'running' then pg_notify($15, $16) is not null end from inserted`

const oneParams = (row: JobRow, { now, leaseMs }: InsertTime): Param[] => [
  row.id,
  row.tenantId,
  row.queue,
  row.kind,
  row.payload,
  row.priority,
  row.delayMs,
  row.maxAttempts,
  row.limitKey ?? null,
  row.timeoutMs ?? null,
  leaseMs,
  row.handOffTo,
  now,
  row.unlessWaiting ?? 0,
]

/** Where it stands depends on no other job. */
const standsAlone = (row: JobRow): boolean =>
  row.orderKey === null &&
  row.uniqueKey === undefined &&
  row.waitsFor === undefined &&
  row.hasDependents === undefined &&
  row.runsAfterFailure === undefined &&
  row.failure === undefined

const postgresUnlessHeld = `${postgres} order by "uniqueKey", ordinal ${unlessHeld} returning id, state`

/**
 * Inserts jobs in one statement, each behind those before it of its order key, whose lock the caller holds. Returns the
 * states of those that are inserted now: one that is missing has its unique key held by another job.
 */
export async function insertJobRows(tx: Transaction, rows: JobRow[], time: InsertTime): Promise<WrittenRow[]> {
  const anyUnique = rows.some(row => row.uniqueKey !== undefined)
  if (tx.dialect === 'postgres') {
    const [first] = rows
    const alone = rows.every(standsAlone)
    if (alone && first && rows.length === 1) return tx.query(postgresOne, oneParams(first, time))
    if (alone && rows.every(row => row.handOffTo === null)) {
      const alike = alikeParams(rows, time.now)
      await (alike ? tx.query(postgresAlike, alike) : tx.query(postgresBulk, [JSON.stringify(rows), time.now]))
      return rows.map(({ id, delayMs }) => ({ id, state: delayMs > 0 ? 'scheduled' : 'available' }))
    }
    return tx.query(anyUnique ? postgresUnlessHeld : postgresPlain, [JSON.stringify(rows), time.now, time.leaseMs])
  }
  // Decides here what Postgres decides in its statement: there is one writer, and plain statements are the quickest.
  const now = time.now ?? 0
  const placed = await placeRows(tx, rows, now)
  const params = placed.map(each => sqliteParams(each, now, time.leaseMs))
  if (anyUnique) return tx.queryEach(sqliteUnlessHeld, params)
  await tx.queryEach(sqlite, params)
  return placed.map(({ row, state }) => ({ id: row.id, state }))
}

/**
 * For Postgres: inserts a job that stands alone, in one statement with the look at its queue's depth limit. Null, and nothing is
 * written, where it does not, or there is one.
 * @param hint told when it is committed, where it is handed over
 */
export async function insertUncounted(
  tx: Transaction,
  row: JobRow,
  time: InsertTime,
  hint: CommittedHint | null,
): Promise<WrittenRow | null> {
  if (!standsAlone(row)) return null
  const params = oneParams(row, time)
  const [written] = await (hint
    ? tx.query<WrittenRow>(postgresOneTelling, [...params, hint.channel, hint.text])
    : tx.query<WrittenRow>(postgresOneUncounted, params))
  return written ?? null
}

function sqliteParams({ row, state, position }: PlacedRow, now: number, leaseMs: number): Param[] {
  const leased = state === 'running'
  return [
    row.id,
    row.tenantId,
    row.queue,
    row.kind,
    row.payload,
    state,
    row.priority,
    now + row.delayMs,
    leased ? 1 : 0,
    row.maxAttempts,
    leased ? now + leaseMs : null,
    leased ? row.handOffTo : null,
    row.orderKey,
    position,
    now,
    leased ? now : null,
    row.orderBlocks ?? 0,
    row.limitKey ?? null,
    row.uniqueKey ?? null,
    row.uniqueStates ?? 0,
    row.uniqueForMs === undefined ? null : now + row.uniqueForMs,
    row.timeoutMs ?? null,
    row.waitsFor ?? 0,
    row.runsAfterFailure ?? 0,
    row.hasDependents ?? 0,
    state === 'cancelled' ? now : null,
    row.failure ?? null,
  ]
}
