import type { Connection } from '../../db/database.ts'
import { jobIdsOf } from './claimed-together.ts'

type Reader = Pick<Connection, 'dialect' | 'query'>

const ids = {
  sqlite: `claims c, ${jobIdsOf.sqlite('c.job_ids')} i`,
  postgres: `claims c cross join lateral ${jobIdsOf.postgres('c.job_ids')} i(value)`,
} as const

const among = {
  sqlite: `select i.value id, c.claimed_at from ${ids.sqlite} where i.value in (select value from json_each(?1))`,
  postgres: `
select i.value id, c.claimed_at from ${ids.postgres} where i.value = any(array(select json_array_elements_text($1::json)))`,
} as const

/** Which of these jobs are in a claim, and since when, in milliseconds since 1970: they run, though their rows do not say so. */
export async function claimedAmong({ dialect, query }: Reader, jobIds: string[]): Promise<Map<string, number>> {
  if (jobIds.length === 0) return new Map()
  const rows = await query<{ id: string; claimed_at: number }>(among[dialect], [JSON.stringify(jobIds)])
  return new Map(rows.map(row => [row.id, row.claimed_at]))
}

const count = (from: string, tenant: string) => `
select c.queue, count(*) jobs from ${from} join jobs j on j.id = i.value
where j.state || '' = 'available' and (${tenant} is null or j.tenant_id = ${tenant}) group by c.queue`

const counts = { sqlite: count(ids.sqlite, '?1'), postgres: count(ids.postgres, '$1::text') } as const

/** By queue, how many unfinished jobs are in claims; of one tenant, or of all. */
export async function countClaimed({ dialect, query }: Reader, tenantId: string | null): Promise<Map<string, number>> {
  const rows = await query<{ queue: string; jobs: number }>(counts[dialect], [tenantId])
  return new Map(rows.map(({ queue, jobs }) => [queue, jobs]))
}

/** How many are to be counted as running instead of as available. */
export function asRunning<Counts extends { available: number; running: number }>(counts: Counts, claimed = 0): Counts {
  const moved = Math.min(claimed, counts.available)
  return { ...counts, available: counts.available - moved, running: counts.running + moved }
}
