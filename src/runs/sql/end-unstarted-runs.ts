import type { Usage } from '../../agents/step.ts'
import { closeApprovals } from '../../approvals/close-approvals.ts'
import { releaseReservations } from '../../budgets/release.ts'
import type { Transaction } from '../../db/database.ts'
import { addUsage } from '../../usage/add-usage.ts'
import { runUsageEntry } from '../../usage/usage-entry.ts'
import { enqueueChildren } from '../child-job.ts'
import type { RunError } from '../run.ts'
import type { ChangedRun, RunOutbox } from '../run-outbox.ts'

interface Row {
  id: string
  tenant_id: string
  has_webhook: boolean | 0 | 1
  has_parent: boolean | 0 | 1
  agent: string
  key_id: string | null
  input_tokens: number
  output_tokens: number
  cost_usd: number | null
}

interface Ending {
  runIds: string[]
  status: 'cancelled' | 'failed'
  error: RunError | null
  /** Milliseconds since 1970. */
  now: number
  outbox: RunOutbox
}

const sqlite = `
update runs set status = ?2, error = ?3, finished_at = ?4, waiting_since = null, tool_calls = null
where id in (select value from json_each(?1)) and finished_at is null
returning id, tenant_id, agent, key_id, webhook is not null has_webhook,
  parent_run_id is not null has_parent, input_tokens, output_tokens, cost_usd`

const postgres = `
update runs set status = $2, error = $3::json, finished_at = $4::timestamptz, waiting_since = null, tool_calls = null
where id = any(array(select json_array_elements_text($1::json))) and finished_at is null
returning id, tenant_id, agent, key_id, webhook is not null has_webhook,
  parent_run_id is not null has_parent, input_tokens, output_tokens, cost_usd`

/** Ends runs that no worker holds: the same transaction has ended their jobs. */
export async function endUnstartedRuns(
  tx: Transaction,
  { runIds, status, error, now, outbox }: Ending,
): Promise<(ChangedRun & { usage: Usage })[]> {
  const params = [JSON.stringify(runIds), status, error && JSON.stringify(error), now]
  const rows = await tx.query<Row>(tx.dialect === 'sqlite' ? sqlite : postgres, params)
  const awaited = await closeApprovals(tx, runIds, { now, outbox })
  const children = rows.flatMap(({ id, tenant_id, has_parent }) => (has_parent ? [{ id, tenantId: tenant_id }] : []))
  await enqueueChildren(tx, [...children, ...awaited], tx.dialect === 'sqlite' ? now : null)
  await releaseReservations(tx, runIds)
  const ended = rows.map(row =>
    runUsageEntry({ tenantId: row.tenant_id, agent: row.agent, keyId: row.key_id }, status, now),
  )
  await addUsage(tx, ended)
  return rows.map(({ id, tenant_id, has_webhook, input_tokens, output_tokens, cost_usd }) => ({
    id,
    tenantId: tenant_id,
    hasWebhook: Boolean(has_webhook),
    usage: { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens, cost_usd },
  }))
}
