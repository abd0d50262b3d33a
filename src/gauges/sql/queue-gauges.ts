import type { Connection } from '../../db/database.ts'
import { asRunning, countClaimed } from '../../queue/sql/read-claims.ts'

/** Jobs of one state on a queue are counted so far, and fewer where there are more than ten queues. */
export const countedJobs = 10_000
const countedAtMost = 400_000
/** Priorities of tenants on queues that are looked at for the oldest job. */
const lanesAtMost = 1_000

export interface QueueReading {
  queue: string
  paused: number
  waiting: number
  scheduled: number
  available: number
  running: number
  discarded: number
  /** When the due job that waits longest was due, in milliseconds since 1970. */
  oldestDueAt: number | null
}

const jobs = 'jobs j where j.state ='
const states = ['waiting', 'scheduled', 'available', 'discarded'] as const
const count = (state: string, limit: string) => `
  (select count(*) from (select 1 from ${jobs} '${state}' and j.queue = n.name limit ${limit}) ${state}) ${state}`

// From one priority of a tenant on a queue to the next, and of each the first: jobs_to_claim has them in this order.
const lane = 'j.queue, j.tenant_id, j.priority'
const order = `${lane}, j.run_at, j.id`
const next = (after: string) => `(select j.id from ${jobs} 'available' and ${after} order by ${order} limit 1)`
// One for each column: SQLite would look up no more than the first of them in a comparison of rows.
const sqliteLanes = `
  select ${lane}, j.run_at from jobs j where j.id = (select j.id from ${jobs} 'available' order by ${order} limit 1)
  union all
  select ${lane}, j.run_at from lanes l join jobs j on j.id = coalesce(
    ${next('j.queue = l.queue and j.tenant_id = l.tenant_id and j.priority > l.priority')},
    ${next('j.queue = l.queue and j.tenant_id > l.tenant_id')},
    ${next('j.queue > l.queue')})`
const postgresLanes = `
  (select ${lane}, j.run_at from ${jobs} 'available' order by ${order} limit 1)
  union all
  select j.* from lanes l cross join lateral (
    select ${lane}, j.run_at from ${jobs} 'available' and (${lane}) > (l.queue, l.tenant_id, l.priority)
    order by ${order} limit 1) j`

const statement = (names: string, lanes: string, { now, limit }: { now: string; limit: string }) => `
with recursive lanes(queue, tenant_id, priority, run_at) as (${lanes}),
due(queue, run_at) as (
  select queue, min(run_at) from (select queue, run_at from lanes limit ${lanesAtMost}) first group by queue),
running(queue, jobs) as (select j.queue, count(*) from ${jobs} 'running' group by j.queue)
select n.name queue, case when q.paused_at is null then 0 else 1 end paused, due.run_at available_due,
  (select min(j.run_at) from ${jobs} 'scheduled' and j.queue = n.name and j.run_at <= ${now}) scheduled_due,
  coalesce(running.jobs, 0) running,
  ${states.map(state => count(state, limit)).join(',')}
from (${names}) n left join queues q on q.name = n.name left join due on due.queue = n.name
left join running on running.queue = n.name`
const sqlite = statement('select value name from json_each(?1)', sqliteLanes, {
  now: '?2',
  limit: '?3',
})
const postgres = statement('select json_array_elements_text($1::json) as name', postgresLanes, {
  now: '(select $2::timestamptz)',
  limit: '$3::int',
})

type Row = Omit<QueueReading, 'oldestDueAt'> & { available_due: number | null; scheduled_due: number | null }

/**
 * What operators watch of queues, over all tenants. As many jobs as there may be, it looks at so many of
 * each state, by the partial index of that state.
 * @param now milliseconds since 1970
 */
export async function readQueueGauges(
  connection: Pick<Connection, 'dialect' | 'query'>,
  queues: readonly string[],
  now: number,
): Promise<QueueReading[]> {
  const { dialect, query } = connection
  const limit = Math.min(countedJobs, Math.floor(countedAtMost / (states.length * queues.length)))
  const rows = await query<Row>(dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(queues), now, limit])
  const claimed = await countClaimed(connection, null)
  return rows.map(({ available_due, scheduled_due, ...row }) => {
    const due = [available_due, scheduled_due].filter(at => at !== null)
    return { ...asRunning(row, claimed.get(row.queue)), oldestDueAt: due.length > 0 ? Math.min(...due) : null }
  })
}
