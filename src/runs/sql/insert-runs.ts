import type { Transaction } from '../../db/database.ts'
import type { Run } from '../run.ts'

const columns = `id, tenant_id, agent, agent_version, thread_id, job_id, status, input, input_tokens, output_tokens,
  cost_usd, attempt, max_attempts, timeout_seconds, metadata, webhook, trace_parent, caller_tools, output_schema,
  parent_run_id, key_id, schedule_id, chat, budget, settings,
  created_at`

const sqlite = `
insert into runs (${columns})
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, 0, 0, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)`

const postgres = `
insert into runs (${columns})
select "id", "tenantId", "agent", "agentVersion", "threadId", "jobId", "status", "input"::json, 0, 0, 0, 0, "maxAttempts",
       "timeoutSeconds", "metadata"::json, "webhook"::json, "traceParent", "callerTools"::json, "outputSchema"::json,
       "parentRunId", "keyId", "scheduleId", "chat", "budget"::json, "settings"::json, to_timestamp("createdAt" / 1000)
from json_to_recordset($1::json) as r("id" text, "tenantId" text, "agent" text, "agentVersion" int, "threadId" text,
  "jobId" text, "status" text, "input" text, "maxAttempts" int, "timeoutSeconds" int, "metadata" text, "webhook" text,
  "traceParent" text, "callerTools" text, "outputSchema" text, "parentRunId" text, "keyId" text, "scheduleId" text,
  "chat" text, "budget" text, "settings" text, "createdAt" float8)`

export async function insertRuns(tx: Transaction, runs: Run[]): Promise<void> {
  // Nested JSON travels as text, so that its key order and escapes stay as they are.
  const rows = runs.map(run => ({
    ...run,
    input: JSON.stringify(run.input),
    metadata: JSON.stringify(run.metadata),
    webhook: run.webhook && JSON.stringify(run.webhook),
    callerTools: run.callerTools && JSON.stringify(run.callerTools),
    outputSchema: run.outputSchema && JSON.stringify(run.outputSchema),
    budget: run.budget && JSON.stringify(run.budget),
    settings: run.settings && JSON.stringify(run.settings),
  }))
  if (tx.dialect === 'postgres') {
    await tx.query(postgres, [JSON.stringify(rows)])
    return
  }
  const params = rows.map(run => [
    run.id,
    run.tenantId,
    run.agent,
    run.agentVersion,
    run.threadId,
    run.jobId,
    run.status,
    run.input,
    run.maxAttempts,
    run.timeoutSeconds,
    run.metadata,
    run.webhook,
    run.traceParent,
    run.callerTools,
    run.outputSchema,
    run.parentRunId,
    run.keyId,
    run.scheduleId,
    run.chat,
    run.budget,
    run.settings,
    run.createdAt,
  ])
  await tx.queryEach(sqlite, params)
}
