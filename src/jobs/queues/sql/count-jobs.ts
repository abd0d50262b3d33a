import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Connection } from '../../../db/database.ts'
import { asRunning, countClaimed } from '../../../queue/sql/read-claims.ts'

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

interface Row {
  oldest: number | null
}
type Counted = { [state in CountedState as `${state}_mine` | `${state}_seen`]: number } & Row

// All of it in one: asked one by one, a page of queues would be thousands of round trips.
const statement = (queues: string, tenant: string) => `
select q.name, ${countedStates.map(state => `${state}.mine ${state}_mine, ${state}.seen ${state}_seen`).join(', ')}, due.oldest
from ${queues} q(name)
${countedStates.map(state => `cross join lateral (${statements[state]('q.name', tenant)}) ${state}`).join('\n')}
cross join lateral (${oldest('q.name', tenant)}) due`
const postgres = statement('json_array_elements_text($1::json)', '$2')

/**
 * Counts a tenant's jobs on queues, by the partial indexes of their states, and only so many of each: as many as there
 * may be, nobody waits for it.
 */
export async function countJobs(
  connection: Pick<Connection, 'dialect' | 'query'>,
  queues: string[],
  tenantId: string,
): Promise<Map<string, JobCounts>> {
  const claimed = await countClaimed(connection, tenantId)
  if (connection.dialect === 'postgres') {
    const rows = await connection.query<Counted & { name: string }>(postgres, [JSON.stringify(queues), tenantId])
    return new Map(rows.map(row => [row.name, toCounts(row, claimed.get(row.name))]))
  }
  const counted = new Map<string, JobCounts>()
  for (const queue of queues) {
    // SQLite is asked in this thread.
    await othersTurn()
    counted.set(queue, toCounts(await countInSqlite(connection, queue, tenantId), claimed.get(queue)))
  }
  return counted
}

async function countInSqlite(
  { query }: Pick<Connection, 'query'>,
  queue: string,
  tenantId: string,
): Promise<Partial<Counted>> {
  const given = [queue, tenantId]
  const found: Partial<Counted> = {}
  for (const state of countedStates) {
    const [row] = await query<{ mine: number; seen: number }>(statements[state]('?1', '?2'), given)
    found[`${state}_mine`] = row?.mine ?? 0
    found[`${state}_seen`] = row?.seen ?? 0
  }
  const [row] = await query<Row>(oldest('?1', '?2'), given)
  return { ...found, oldest: row?.oldest ?? null }
}

function toCounts(row: Partial<Counted>, claimed?: number): JobCounts {
  const counts = { waiting: 0, scheduled: 0, available: 0, running: 0, discarded: 0 }
  const capped: CountedState[] = []
  for (const state of countedStates) {
    const limit = state === 'available' ? available : others
    counts[state] = Math.min(row[`${state}_mine`] ?? 0, limit)
    if ((row[`${state}_seen`] ?? 0) > limit) capped.push(state)
  }
  return { counts: asRunning(counts, claimed), capped, oldestAvailableAt: row.oldest ?? null }
}

export const noJobs: JobCounts = toCounts({})
