import type { Transaction } from '../../db/database.ts'
import type { QueueSettings } from '../queue-settings.ts'

// A bucket without a rate holds nothing but its pause.
const sqlite = `
with rates (of_keys, allowed, period_ms) as (select false, ?3, ?4 union all select true, ?5, ?6)
delete from rate_buckets as b
where b.queue = ?1 and coalesce(b.paused_until <= ?2, true) and exists (
  select 1 from rates
  where of_keys = (b.key <> '') and (allowed is null or b.tokens + (?2 - b.refilled_at) * 1.0 * allowed / period_ms >= allowed))`

const postgres = `
with clock as materialized (select coalesce($2::timestamptz, clock_timestamp()) now),
rates (of_keys, allowed, period_ms) as (
  select false, $3::float8, $4::float8 union all select true, $5::float8, $6::float8)
delete from rate_buckets b using clock, rates
where b.queue = $1 and coalesce(b.paused_until <= now, true) and of_keys = (b.key <> '')
  and (allowed is null or b.tokens + extract(epoch from now - b.refilled_at)::float8 * 1000 * allowed / period_ms >= allowed)`

/** Deletes the buckets that are full again and not paused: the same as none. For those who have locked the queue. */
export async function pruneBuckets(
  tx: Transaction,
  { name, rate, keyRate }: QueueSettings,
  now: number | null,
): Promise<void> {
  await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [
    name,
    now,
    rate?.limit ?? null,
    rate?.periodMs ?? null,
    keyRate?.limit ?? null,
    keyRate?.periodMs ?? null,
  ])
}
