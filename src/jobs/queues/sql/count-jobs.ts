import type { Connection } from '../../../db/database.ts'

/** Of available jobs so many are counted, of those in another state so many looked at. It takes moments. */
const available = 100_000
const others = 10_000

export const countedStates = ['waiting', 'scheduled', 'available', 'running', 'discarded'] as const
export type CountedState = (typeof countedStates)[number]

export interface JobCounts {
  counts: Record<CountedState, number>
  /** States of which there may be more than were counted. */
  capped: CountedState[]
  /** When the available job that waits longest was due, in milliseconds since 1970. */
  oldestAvailableAt: number | null
}

// The state stands in the statements themselves: a partial index is used only where the statement says what it is of.
const ofTenant = (limit: number) => (queue: string, tenant: string) =>
  `
select count(*) mine, count(*) seen from (
  select 1 from jobs where state = 'available' and queue = ${queue} and tenant_id = ${tenant} limit ${limit}) available`

// No index of these knows tenants: so many of any tenant are looked at.
const ofAll = (state: CountedState) => (queue: string, tenant: string) =>
  `
select count(case when tenant_id = ${tenant} then 1 end) mine, count(*) seen from (
  select tenant_id from jobs where state = '${state}' and queue = ${queue} limit ${others + 1}) some_jobs`

const statements: Record<CountedState, (queue: string, tenant: string) => string> = {
  waiting: ofAll('waiting'),
  scheduled: ofAll('scheduled'),
  available: ofTenant(available + 1),
  running: ofAll('running'),
  discarded: ofAll('discarded'),
}

// From one priority to the next, and of each the first: the index has them in this order. Not more than anybody uses.
const oldest = (queue: string, tenant: string) => {
  const mine = `state = 'available' and queue = ${queue} and tenant_id = ${tenant}`
  return `
with recursive priorities(priority) as (
  select min(priority) from jobs where ${mine}
  union all
  select (select min(j.priority) from jobs j where ${mine} and j.priority > p.priority) from priorities p
  where p.priority is not null)
select min((select min(run_at) from jobs j where ${mine} and j.priority = p.priority)) oldest
from (select priority from priorities limit 1000) p`
}

/**
 * Counts a tenant's jobs on a queue, by the partial indexes of their states, and only so many of each: as many as there
 * may be, nobody waits for it.
 */
export async function countJobs(
  { dialect, query }: Pick<Connection, 'dialect' | 'query'>,
  queue: string,
  tenantId: string,
): Promise<JobCounts> {
  const places: [string, string] = dialect === 'sqlite' ? ['?1', '?2'] : ['$1', '$2']
  const given = [queue, tenantId]
  const counts = { waiting: 0, scheduled: 0, available: 0, running: 0, discarded: 0 }
  const capped: CountedState[] = []
  for (const state of countedStates) {
    const limit = state === 'available' ? available : others
    const [row] = await query<{ mine: number; seen: number }>(statements[state](...places), given)
    if (!row) continue
    counts[state] = Math.min(row.mine, limit)
    if (row.seen > limit) capped.push(state)
  }
  const [row] = await query<{ oldest: number | null }>(oldest(...places), given)
  return { counts, capped, oldestAvailableAt: row?.oldest ?? null }
}
