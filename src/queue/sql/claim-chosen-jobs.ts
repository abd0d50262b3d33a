import type { Transaction } from '../../db/database.ts'
import type { ClaimedJob } from '../job.ts'
import { type ClaimedRow, claimedColumns, head, toClaimedJob } from './claimed-row.ts'
import { inNoClaim, takenMeanwhile } from './claimed-together.ts'

export interface ChosenClaim {
  ids: string[]
  queue: string
  worker: string
  leaseMs: number
  /** Null on Postgres: its own clock. */
  now: number | null
}

const sqlite = `
update jobs set state = 'running', attempt = attempt + 1, worker = ?3, lease_expires_at = ?5 + ?4,
                started_at = coalesce(started_at, ?5)
where id in (select j.id from json_each(?1) chosen cross join jobs j on j.id = chosen.value
             where j.queue = ?2 and j.state in ('scheduled', 'available') and j.run_at <= ?5 and ${head}
               and ${inNoClaim.sqlite('?2')})
returning ${claimedColumns.sqlite}`

const postgres = `
with clock as materialized (select coalesce($5::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
chosen as materialized (
  select j.id from jobs j, clock
  where j.id in (select json_array_elements_text($1::json)) and j.queue = $2
    and j.state in ('scheduled', 'available') and j.run_at <= clock.now and ${head} and ${inNoClaim.postgres('$2')}
  order by j.id for update of j skip locked)
update jobs set state = 'running', attempt = attempt + 1, worker = $3,
                lease_expires_at = clock.now + $4::float8 * interval '1 ms',
                started_at = coalesce(started_at, clock.now)
from clock where jobs.id = any(array(select id from chosen where id not in ${takenMeanwhile('$2')}))
returning ${claimedColumns.postgres}`

/**
 * Takes those of the given jobs that are due and at the head of their order key, also ones that nobody has promoted.
 * Uses the primary key. As safe beside other workers as `claimJobs`, and for the same reasons.
 */
export async function claimChosenJobs(tx: Transaction, claim: ChosenClaim): Promise<ClaimedJob[]> {
  const { queue } = claim
  const rows = await tx.query<ClaimedRow>(tx.dialect === 'sqlite' ? sqlite : postgres, [
    JSON.stringify(claim.ids),
    queue,
    claim.worker,
    claim.leaseMs,
    claim.now,
  ])
  return rows.map(row => toClaimedJob(row, queue))
}
