import type { Dialect, Param, Transaction } from '../../db/database.ts'
import { head } from './claimed-row.ts'
import { inNoClaim } from './claimed-together.ts'
import { openQueue } from './open-queue.ts'
import { positionOf, type Seen, shareOf, type Turn, tenantsAtMost, walk } from './tenant-turns.ts'

/** Which jobs, as SQL: whether the queue gives any, and which of them; `j` is the job. */
export interface Which {
  open: string
  jobs: string
}

/**
 * What is free to be begun by anybody, without being counted.
 * @param passed as of the `Claim`, as the statement has it
 */
export const free = (dialect: Dialect, queue: string, now: string, passed = ''): Which => ({
  open: openQueue(queue, now),
  jobs: `${head} and ${inNoClaim[dialect](queue, passed)}`,
})

export interface Choice {
  queue: string
  limit: number
  /** Null on Postgres: its own clock. */
  now: number | null
  turn: Turn
}

/**
 * For Postgres: the first due jobs in the table `chosen`, tenants taking turns (`n`), with their `tid`, `id`, `limit_key`,
 * `priority` and `run_at`; and what was `seen`. To stand behind `with recursive`; $1 to $9 are `choiceParams`.
 * @param lock how the rows are locked; they are locked in the order of the index, and nobody waits for another
 * @param more columns of `j` that are chosen besides
 */
export const fairJobs = (which: Which, lock: '' | 'for update of j skip locked', more = ''): string => `
clock as materialized (select coalesce($3::timestamptz, date_trunc('milliseconds', clock_timestamp())) now),
${walk({ queue: '$1', after: '$4::text', until: '$5::text', tenants: '$6::int' }, which.open)},
tenants as materialized (
  select tenant_id, n, $2::int / count(*) over () + (n <= $2::int % count(*) over ())::int share
  from walk where n > 0 and tenant_id is not null),
chosen as materialized (
  select t.tenant_id, t.n, t.share, j.*
  from tenants t cross join lateral (
    select j.ctid tid, id, limit_key, priority, run_at${more} from jobs j
    where j.queue = $1 and j.state = 'available' and j.tenant_id = t.tenant_id
      and j.run_at <= (select now from clock)
      and (j.priority, j.run_at, j.id) > (
        case when t.tenant_id = $5 then coalesce($7::int, -2147483648) else -2147483648 end,
        case when t.tenant_id = $5 then coalesce($8::timestamptz, '-infinity') else '-infinity' end,
        case when t.tenant_id = $5 then coalesce($9::text, '') else '' end)
      and ${which.jobs}
    order by j.priority, j.run_at, j.id limit t.share ${lock}) j),
served as materialized (select tenant_id, n, share, count(*)::int jobs from chosen group by tenant_id, n, share),
last_served as materialized (select tenant_id, n from served order by jobs desc, n desc limit 1),
last_job as materialized (
  select priority, run_at, id from chosen where n = (select n from last_served)
  order by priority desc, run_at desc, id desc limit 1),
seen as (
  select json_build_object(
    'found', (select coalesce(sum(jobs), 0) from served), 'tenants', (select count(*) from tenants),
    'lastTenant', (select coalesce(tenant_id, $5) from walk order by n desc limit 1),
    'shareTaken', exists (select 1 from served where jobs = share),
    'lastServed', (select tenant_id from last_served),
    'position', (select json_build_object(${positionOf('last_job')}) from last_job))::text seen)`

export const choiceParams = ({ queue, limit, now, turn }: Choice): Param[] => [
  queue,
  limit,
  now,
  turn.after,
  turn.until,
  tenantsAtMost(limit),
  turn.from?.priority ?? null,
  turn.from?.runAt ?? null,
  turn.from?.id ?? null,
]

/** What the column `seen` says. */
export const toSeen = (json: string, limit: number): Seen => ({
  ...(JSON.parse(json) as Omit<Seen, 'limit'>), // as the statement builds it
  limit,
})

export interface ChosenJob {
  id: string
  tenantId: string
  limitKey: string | null
}

/** The statements of `chooseFairly`. */
export interface FairTexts {
  tenants: string
  jobs: string
}

/**
 * For SQLite. In `open` the queue is ?1 and the time ?5; in `jobs` ?1 and ?3, and from ?5 on come params of its own.
 * @param columns what is read of each job, `tenantId` among it
 */
export const fairTexts = ({ open, jobs }: Which, columns: string): FairTexts => ({
  tenants: `with recursive ${walk({ queue: '?1', after: '?2', until: '?3', tenants: '?4' }, open)}
select tenant_id from walk where n > 0 order by n`,
  jobs: `
select ${columns} from jobs j
where queue = ?1 and state = 'available' and tenant_id = ?2 and run_at <= ?3 and ${jobs}
order by priority, run_at, id limit ?4`,
})

/** For SQLite, where several small statements cost no more than one: chooses as `fairJobs` does. */
export async function chooseFairly<Job extends { tenantId: string }>(
  tx: Transaction,
  { queue, limit, now, turn }: Choice,
  texts: FairTexts,
  more: Param[] = [],
): Promise<{ chosen: Job[]; seen: Seen }> {
  const walked = await tx.query<{ tenant_id: string | null }>(texts.tenants, [
    queue,
    turn.after,
    turn.until,
    tenantsAtMost(limit),
    now,
  ])
  const tenants = walked.flatMap(({ tenant_id }) => tenant_id ?? [])
  const shares: Job[][] = []
  let shareTaken = false
  for (const [index, tenant] of tenants.entries()) {
    const share = shareOf(limit, tenants.length, index + 1)
    const jobs = await tx.query<Job>(texts.jobs, [queue, tenant, now, share, ...more])
    shares.push(jobs)
    shareTaken ||= jobs.length === share
  }
  const chosen = inTurn(shares)
  return {
    chosen,
    seen: {
      limit,
      found: chosen.length,
      tenants: tenants.length,
      lastTenant: walked.length > 0 ? (walked.at(-1)?.tenant_id ?? turn.until) : null,
      lastServed: chosen.at(-1)?.tenantId ?? null,
      shareTaken,
      position: null,
    },
  }
}

function inTurn<Job>(shares: Job[][]): Job[] {
  const [first = [], ...others] = shares
  if (others.length === 0) return first
  const chosen: Job[] = []
  for (let place = 0; shares.some(jobs => place < jobs.length); place++) {
    chosen.push(...shares.flatMap(jobs => jobs[place] ?? []))
  }
  return chosen
}
