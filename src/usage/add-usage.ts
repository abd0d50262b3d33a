import type { Transaction } from '../db/database.ts'
import { newId } from '../runtime/id.ts'
import { sumUp, type UsageEntry } from './usage-entry.ts'

const columns = `id, tenant_id, day, agent, model, key_id, runs, failed_runs, calls, unpriced_calls, input_tokens,
  output_tokens, cost_usd`

const sqlite = `
insert into usage_entries (${columns}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`

const postgres = `
insert into usage_entries (${columns})
select "id", "tenantId", "day", "agent", "model", "keyId", "runs", "failedRuns", "calls", "unpricedCalls", "inputTokens",
  "outputTokens", "costUsd"
from json_to_recordset($1::json) as r("id" text, "tenantId" text, "day" text, "agent" text, "model" text, "keyId" text,
  "runs" int, "failedRuns" int, "calls" int, "unpricedCalls" int, "inputTokens" float8, "outputTokens" float8,
  "costUsd" float8)`

/**
 * Adds up what was taken, in the commit that stores what it was taken for. Rows of a day would be what every process
 * writes all the time; so each commit adds rows of its own, and `rollUpUsage` makes days of them.
 */
export async function addUsage(tx: Transaction, entries: UsageEntry[]): Promise<void> {
  if (entries.length === 0) return
  const rows = sumUp(entries).map(entry => ({ id: newId('use'), ...entry }))
  if (tx.dialect === 'postgres') {
    await tx.query(postgres, [JSON.stringify(rows)])
    return
  }
  const params = rows.map(row => [
    row.id,
    row.tenantId,
    row.day,
    row.agent,
    row.model,
    row.keyId,
    row.runs,
    row.failedRuns,
    row.calls,
    row.unpricedCalls,
    row.inputTokens,
    row.outputTokens,
    row.costUsd,
  ])
  await tx.queryEach(sqlite, params)
}
