import type { Transaction } from '../../db/database.ts'
import { openQueue } from './open-queue.ts'

const sqlite = `
select (select min(run_at) - ?2 from jobs where queue = ?1 and state = 'scheduled') due_ms, not ${openQueue('?1', '?2')} held`

const postgres = `
with clock as materialized (select coalesce($2::timestamptz, clock_timestamp()) now)
select (select ceil(extract(epoch from min(run_at) - (select now from clock)) * 1000)::float8
        from jobs where queue = $1 and state = 'scheduled') due_ms,
       (not ${openQueue('$1', '(select now from clock)')})::int held`

export interface Surroundings {
  /**
   * Milliseconds until the next scheduled job of the queue is due (0 and below: already), or null where there is none.
   * Rounded up: a claim within the last millisecond would find nothing and sleep until its poll.
   */
  dueMs: number | null
  /** The queue or one of its keys is paused, or it has limits. */
  held: boolean
}

/** What a claim ought to know of its queue. By the partial index `jobs_to_promote`, and two looks at small tables. */
export async function lookAround(
  connection: Pick<Transaction, 'dialect' | 'query'>,
  queue: string,
  now: number | null,
): Promise<Surroundings> {
  const text = connection.dialect === 'sqlite' ? sqlite : postgres
  const [row] = await connection.query<{ due_ms: number | null; held: number }>(text, [queue, now])
  return { dueMs: row?.due_ms ?? null, held: row?.held === 1 }
}
