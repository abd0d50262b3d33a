import type { Connection } from '../../db/database.ts'

export const unfinishedStatuses = ['queued', 'running', 'waiting'] as const
/** Runs of one status are counted so far, of each tenant. */
const countedRuns = 10_000
const tenantsAtMost = 1_000

export interface RunReading {
  status: (typeof unfinishedStatuses)[number]
  runs: number
  /** Of the run that was made first, in milliseconds since 1970. */
  oldestCreatedAt: number | null
}

// Ids sort by time, so the first of the index runs_by_status is the oldest.
const mine = 'runs r where r.tenant_id = t.tenant_id and r.status = s.status'
const statement = `
select status, sum(runs) runs, min(oldest) "oldestCreatedAt" from (
  select s.status, (select count(*) from (select 1 from ${mine} limit ${countedRuns}) counted) runs,
    (select r.created_at from ${mine} order by r.id limit 1) oldest
  from (select 'default' tenant_id union select tenant_id from tenants limit ${tenantsAtMost}) t
  cross join (${unfinishedStatuses.map(status => `select '${status}' status`).join(' union all ')}) s) each_tenant
group by status`

/** Runs that have not ended, over all tenants, by the index runs_by_status. */
export async function readRunGauges({ query }: Pick<Connection, 'query'>): Promise<RunReading[]> {
  const rows = await query<RunReading>(statement, [])
  // The sum of whole numbers is a decimal to Postgres.
  return rows.map(row => ({ ...row, runs: Number(row.runs) }))
}
