import type { Transaction } from '../../db/database.ts'

/** What nothing begins of before its end: a limit key of a queue, or all of the queue (key ''). */
export type KeyPause = { queue: string; key: string } & (
  | { /** Milliseconds since 1970. */ untilMs: number }
  | { /** Milliseconds from now. */ forMs: number }
)

// A bucket that nobody has used is full: these tokens are clipped to the limit when they are read.
const full = 2_147_483_647

const sqlite = `
insert into rate_buckets (queue, key, tokens, refilled_at, paused_until)
values (?1, ?2, ${full}, ?5, coalesce(?3, ?5 + ?4))
on conflict (queue, key) do update set paused_until = max(coalesce(paused_until, 0), excluded.paused_until)`

const postgres = `
with clock as materialized (select coalesce($5::timestamptz, date_trunc('milliseconds', clock_timestamp())) now)
insert into rate_buckets (queue, key, tokens, refilled_at, paused_until)
select $1, $2, ${full}, now, coalesce($3::timestamptz, now + $4::float8 * interval '1 ms') from clock
on conflict (queue, key) do update set paused_until = greatest(rate_buckets.paused_until, excluded.paused_until)`

/**
 * Keeps jobs of the key from beginning, on every process; never shortens an earlier pause. Others hear of it by a hint
 * on the topic `queue`, to be published after the commit, or by their next claim.
 * @param now null on Postgres: its own clock
 */
export async function pauseKey(tx: Transaction, pause: KeyPause, now: number | null): Promise<void> {
  await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [
    pause.queue,
    pause.key,
    'untilMs' in pause ? pause.untilMs : null,
    'forMs' in pause ? Math.ceil(pause.forMs) : null,
    now,
  ])
}
