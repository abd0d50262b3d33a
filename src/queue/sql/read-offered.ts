import type { Transaction } from '../../db/database.ts'
import type { ClaimedJob } from '../job.ts'
import { type ClaimedRow, claimedColumns, toClaimedJob } from './claimed-row.ts'

export interface OfferedJob extends ClaimedJob {
  cancelRequested: boolean
}

export interface Offered {
  ids: string[]
  queue: string
  worker: string
  /** Null: the database's own clock. */
  now: number | null
}

/** One whose lease is about to end is left to be rescued, and one that was rescued is for whoever has claimed it since. */
const postgres = `
select ${claimedColumns.postgres}, (cancel_requested_at is not null)::int cancel_requested
from jobs
where id = any(array(select json_array_elements_text($1::json))) and state = 'running' and queue = $2 and worker = $3
  and attempt = 1
  and lease_expires_at > coalesce($4::timestamptz, clock_timestamp()) + interval '1 second'`

/** For Postgres: those of the jobs that were inserted as this worker's, and still are. */
export async function readOffered(tx: Transaction, { ids, queue, worker, now }: Offered): Promise<OfferedJob[]> {
  const rows = await tx.query<ClaimedRow & { cancel_requested: number }>(postgres, [
    JSON.stringify(ids),
    queue,
    worker,
    now,
  ])
  return rows.map(({ cancel_requested, ...row }) => {
    // It begins when it is made.
    const { dueToLeaseEndMs: _, ...job } = toClaimedJob(row, queue)
    return { ...job, cancelRequested: cancel_requested === 1 }
  })
}
