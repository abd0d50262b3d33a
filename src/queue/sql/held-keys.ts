import type { Connection } from '../../db/database.ts'
import type { Rate } from '../queue-settings.ts'

export interface HeldKeys {
  /** Something of the queue is paused until a time: a limit key, or all of it. */
  paused: boolean
  /**
   * Where jobs with keys wait: milliseconds until the first key that has no token, or is paused, can begin something.
   * Else Infinity.
   */
  waitMs: number
}

const keyedJobs = (queue: string) =>
  `exists (select 1 from jobs where queue = ${queue} and state = 'available' and limit_key is not null)`

const sqlite = `
with buckets as (
  select max(coalesce(paused_until, 0) - ?2, 0) pause_ms,
         iif(key = '' or ?3 is null, 0, (1 - tokens - max(0, ?2 - refilled_at) * 1.0 * ?3 / ?4) * ?4 / ?3) token_ms
  from rate_buckets where queue = ?1)
select max(pause_ms > 0) paused, iif(${keyedJobs('?1')}, min(max(pause_ms, token_ms)), null) wait_ms
from buckets where pause_ms > 0 or token_ms > 0.001`

const postgres = `
with clock as materialized (select coalesce($2::timestamptz, clock_timestamp()) now),
buckets as (
  select greatest(0, extract(epoch from paused_until - now)::float8 * 1000) pause_ms,
         case when key = '' or $3::float8 is null then 0 else
           (1 - tokens - greatest(0, extract(epoch from now - refilled_at)::float8 * 1000) * $3 / $4::float8) * $4 / $3 end
         token_ms
  from rate_buckets, clock where queue = $1)
select max((pause_ms > 0)::int) paused, case when ${keyedJobs('$1')} then min(greatest(pause_ms, token_ms)) end wait_ms
from buckets where pause_ms > 0 or token_ms > 0.001`

/** What keeps keys of a queue from beginning, and how long. Reads the buckets of the queue. */
export async function heldKeys(
  connection: Pick<Connection, 'dialect' | 'query'>,
  queue: string,
  keyRate: Rate | null,
  now: number | null,
): Promise<HeldKeys> {
  const [row] = await connection.query<{ paused: number | null; wait_ms: number | null }>(
    connection.dialect === 'sqlite' ? sqlite : postgres,
    [queue, now, keyRate?.limit ?? null, keyRate?.periodMs ?? null],
  )
  return { paused: row?.paused === 1, waitMs: row?.wait_ms == null ? Number.POSITIVE_INFINITY : Math.ceil(row.wait_ms) }
}
