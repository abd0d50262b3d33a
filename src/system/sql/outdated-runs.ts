import type { Connection } from '../../db/database.ts'

/** Unfinished runs of one agent version that is not the one new runs take. */
export interface OutdatedRuns {
  tenantId: string
  agent: string
  agentVersion: number
  currentVersion: number
  runs: number
}

/** So many unfinished runs are looked at, and so many versions told. */
const lookedAtMost = 100_000
const toldAtMost = 500

// The index runs_by_status begins with the tenant.
const tenants = "select 'default' union select tenant_id from tenants"
const counted = (isAny: { tenant: string; status: string }) => `
select r.tenant_id "tenantId", r.agent agent, r.agent_version "agentVersion", a.version "currentVersion", count(*) runs
from (select tenant_id, agent, agent_version from runs
      where tenant_id ${isAny.tenant} and status ${isAny.status} limit ${lookedAtMost}) r
join agents a on a.tenant_id = r.tenant_id and a.name = r.agent and a.version <> r.agent_version
group by r.tenant_id, r.agent, r.agent_version, a.version
order by r.tenant_id, r.agent, r.agent_version limit ${toldAtMost}`

const unfinished = "'queued', 'running', 'waiting'"
const sqlite = counted({ tenant: `in (${tenants})`, status: `in (${unfinished})` })
const postgres = counted({ tenant: `= any(array(${tenants}))`, status: `= any(array[${unfinished}])` })

export async function outdatedRuns({ dialect, query }: Pick<Connection, 'dialect' | 'query'>): Promise<OutdatedRuns[]> {
  const rows = await query<OutdatedRuns>(dialect === 'sqlite' ? sqlite : postgres, [])
  return rows.map(row => ({ ...row, runs: Number(row.runs) }))
}
