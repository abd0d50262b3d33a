import type { Transaction } from '../../db/database.ts'
import type { QueueSettings } from '../queue-settings.ts'

const columns = `name, paused_at, concurrency, key_concurrency, rate_limit, rate_period_ms, key_rate_limit,
  key_rate_period_ms, depth_limit, updated_at`
const replace = `
on conflict (name) do update set paused_at = excluded.paused_at, concurrency = excluded.concurrency,
  key_concurrency = excluded.key_concurrency, rate_limit = excluded.rate_limit,
  rate_period_ms = excluded.rate_period_ms, key_rate_limit = excluded.key_rate_limit,
  key_rate_period_ms = excluded.key_rate_period_ms, depth_limit = excluded.depth_limit,
  updated_at = excluded.updated_at`

const sqlite = `insert into queues (${columns}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ${replace}`
const postgres = `
insert into queues (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
  coalesce($10::timestamptz, date_trunc('milliseconds', clock_timestamp()))) ${replace}`

/** Stores all that is set of a queue. */
export async function writeQueue(tx: Transaction, settings: QueueSettings, now: number | null): Promise<void> {
  await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [
    settings.name,
    settings.pausedAt,
    settings.concurrency,
    settings.keyConcurrency,
    settings.rate?.limit ?? null,
    settings.rate?.periodMs ?? null,
    settings.keyRate?.limit ?? null,
    settings.keyRate?.periodMs ?? null,
    settings.depthLimit,
    now,
  ])
}
