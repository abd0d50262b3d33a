import type { Transaction } from '../../db/database.ts'
import type { ClaimedJob } from '../job.ts'
import type { Place } from './claim-behind.ts'
import type { Claim } from './claim-jobs.ts'
import { claimedLists, head, listedJobs } from './claimed-row.ts'
import { inNoClaim } from './claimed-together.ts'
import { openQueue } from './open-queue.ts'
import { takeChosen } from './take-chosen.ts'
import { positionOf } from './tenant-turns.ts'

/** So many of one tenant may begin at most before others have had their turn. */
export const fewAtMost = 8

const postgres = `
with clock as materialized (select coalesce($3::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
gate as materialized (select ${openQueue('$1', '(select now from clock)')} open),
chosen as materialized (
  select j.ctid tid, id, tenant_id, priority, run_at from jobs j
  where (select open from gate) and j.queue = $1 and j.state = 'available' and j.run_at <= (select now from clock)
    and ${head} and ${inNoClaim.postgres('$1')}
  order by j.tenant_id, j.priority, j.run_at, j.id limit $2::int for update of j skip locked),
${takeChosen({ queue: '$1', worker: '$4', leaseMs: '$5' })}
select gate.open, (select count(*)::int from chosen) found, ${claimedLists('claimed')} claimed,
  (select json_build_object('tenantId', tenant_id, ${positionOf('chosen')})
   from chosen order by tenant_id desc, priority desc, run_at desc, id desc limit 1)::text last
from gate`

interface Answer {
  open: boolean
  found: number
  claimed: string | null
  last: string | null
}

export interface FewClaimed {
  jobs: ClaimedJob[]
  /** There may be more, and of other tenants. */
  more: boolean
  /** As of `FreeClaimed`. */
  held: boolean
  last: Place | null
}

/**
 * Takes all due jobs of a queue, where they are few; of more, the first ones, and the others are for claims by turns. For
 * Postgres, where whoever has caught up finds mostly a single job, and looking whose turn it is took a quarter of its claim.
 */
export async function claimFew(tx: Transaction, { queue, worker, limit, leaseMs, now }: Claim): Promise<FewClaimed> {
  const few = Math.min(limit, fewAtMost)
  const [answer] = await tx.query<Answer>(postgres, [queue, few, now, worker, leaseMs])
  const { open = false, found = 0, claimed = null, last = null } = answer ?? {}
  const jobs = listedJobs(claimed, queue)
  const place = JSON.parse(last ?? 'null') as Place | null // as the statement builds it
  return {
    jobs,
    more: found === few || jobs.length < found,
    held: !open,
    last: jobs.every(job => job.tenantId === place?.tenantId) ? place : null,
  }
}
