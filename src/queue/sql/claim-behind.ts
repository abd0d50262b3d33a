import type { Transaction } from '../../db/database.ts'
import type { ClaimedJob } from '../job.ts'
import type { Claim } from './claim-jobs.ts'
import { claimedLists, head, listedJobs } from './claimed-row.ts'
import { inNoClaim } from './claimed-together.ts'
import { openQueue } from './open-queue.ts'
import { takeChosen } from './take-chosen.ts'
import { type Position, positionOf } from './tenant-turns.ts'

/** A place among the jobs of one tenant. */
export interface Place extends Position {
  tenantId: string
}

const postgres = `
with clock as materialized (select coalesce($3::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
chosen as materialized (
  select j.ctid tid, id, priority, run_at from jobs j
  where j.queue = $1 and j.state = 'available' and j.tenant_id = $4 and j.run_at <= (select now from clock)
    and (j.priority, j.run_at, j.id) > ($5::int, $6::timestamptz, $7::text)
    and ${openQueue('$1', '(select now from clock)')} and ${head} and ${inNoClaim.postgres('$1')}
  order by j.priority, j.run_at, j.id limit $2::int for update of j skip locked),
${takeChosen({ queue: '$1', worker: '$8', leaseMs: '$9' })}
select (select json_build_object(${positionOf('chosen')})
        from chosen order by priority desc, run_at desc, id desc limit 1)::text last,
       ${claimedLists('claimed')} claimed`

/**
 * Takes due jobs of one tenant that lie behind a place, and looks at nothing before it. For Postgres, where the entries of
 * jobs that were taken stay in the index `jobs_to_claim` as long as any transaction may see them: a claim from the start
 * would read all of them again. Returns the place of the last one.
 */
export async function claimBehind(
  tx: Transaction,
  { queue, worker, limit, leaseMs, now }: Claim,
  { tenantId, ...from }: Place,
): Promise<{ jobs: ClaimedJob[]; last: Place | null }> {
  const [answer] = await tx.query<{ last: string | null; claimed: string | null }>(postgres, [
    queue,
    limit,
    now,
    tenantId,
    from.priority,
    from.runAt,
    from.id,
    worker,
    leaseMs,
  ])
  const last = JSON.parse(answer?.last ?? 'null') as Position | null // as the statement builds it
  return { jobs: listedJobs(answer?.claimed ?? null, queue), last: last && { tenantId, ...last } }
}
