import { alike, alikeLists, claimedLists } from './claimed-row.ts'
import { takenMeanwhile } from './claimed-together.ts'
import { fairJobs, free } from './fair-jobs.ts'
import { takeChosen } from './take-chosen.ts'

/** How a worker takes brief jobs together: their rows stay as they are, and a row of the table `claims` says whose they are. */
export interface Together {
  /** Of the claim. */
  id: string
  /** Kinds whose jobs may be taken so: those that write nothing of themselves. */
  kinds: string[]
}

/** So many brief jobs at least: of fewer, each is written as running at once. */
export const togetherFrom = 20

// `brief`: what is said of a job while it runs (that its key is free, that the next of its order waits) is said of its row.
const chosenBesides = `, payload, kind, attempt, max_attempts, timeout_ms, trace_parent,
      j.order_key is null and j.unique_key is null and j.kind = any($13::text[]) brief`

const given = { queue: '$1', worker: '$10', leaseMs: '$11' }

/**
 * The claim of `claimTurn` on Postgres. Rows of brief jobs are locked and not written, which is most of what a claim costs;
 * whoever claims at the same time passes by the locks, or learns of the claim when it has locked the rows itself.
 */
export const postgresTogether = `
with recursive ${fairJobs(free('postgres', '$1', '(select now from clock)', '$14'), 'for update of j skip locked', chosenBesides)},
meanwhile as materialized ${takenMeanwhile('$1')},
so as materialized (
  select count(*) filter (where brief) >= ${togetherFrom} many from chosen where id not in (select id from meanwhile)),
${takeChosen(given, 'not (brief and (select many from so)) and id not in (select id from meanwhile)')},
together as (
  select id, payload, tenant_id, kind, attempt + 1 attempt, max_attempts, limit_key, timeout_ms, trace_parent, 0 ordered,
         date_part('epoch', (select now from clock) - run_at) * 1000 + $11::float8 due_to_lease_end_ms
  from chosen where brief and (select many from so) and id not in (select id from meanwhile)),
alike as materialized (${alike('together')}),
written as (
  insert into claims (id, queue, worker, job_ids, claimed_at, lease_expires_at)
  select $12, $1, $10, string_agg(ids, ','), now, now + $11::float8 * interval '1 ms'
  from alike, clock group by now)
select seen, ${claimedLists('claimed')} claimed, ${alikeLists('alike')} together
from seen`
