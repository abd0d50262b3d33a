import { type InferSelectModel, inArray } from 'drizzle-orm'
import type { Connection } from '../db/database.ts'
import type { Tables } from '../db/tables.ts'
import type { Json } from '../json.ts'
import type { Run, RunError, RunStatus } from './run.ts'

type Row = InferSelectModel<Tables['runs']>

// What JSON columns hold was checked when it was written, by this feature alone.
export const toRun = (row: Row): Run => ({
  ...row,
  status: row.status as RunStatus,
  input: row.input as Run['input'],
  output: row.output as Json,
  error: row.error as RunError | null,
  metadata: row.metadata as Run['metadata'],
  webhook: row.webhook as Run['webhook'],
  callerTools: row.callerTools as Run['callerTools'],
  toolCalls: row.toolCalls as Run['toolCalls'],
  outputSchema: row.outputSchema as Run['outputSchema'],
  budget: row.budget as Run['budget'],
  settings: row.settings as Run['settings'],
})

const columns = `id, tenant_id "tenantId", agent, agent_version "agentVersion", thread_id "threadId", job_id "jobId",
  status, input, output, error, input_tokens "inputTokens", output_tokens "outputTokens", cost_usd "costUsd", attempt,
  max_attempts "maxAttempts", timeout_seconds "timeoutSeconds", metadata, webhook, trace_parent "traceParent",
  caller_tools "callerTools", tool_calls "toolCalls", output_schema "outputSchema", parent_run_id "parentRunId",
  key_id "keyId", schedule_id "scheduleId", chat, budget, settings,
  waiting_since "waitingSince", waited_ms "waitedMs", created_at "createdAt", started_at "startedAt",
  finished_at "finishedAt"`

const sqlite = `select ${columns} from runs where id = ?1`
const postgres = `select ${columns} from runs where id = $1`

type Text = {
  input: string
  output: string | null
  error: string | null
  metadata: string
  webhook: string | null
  callerTools: string | null
  toolCalls: string | null
  outputSchema: string | null
  budget: string | null
  settings: string | null
}

/** By hand, as reading one run is what clients do most. Null where there is none. */
export async function readRun(connection: Connection, id: string): Promise<Run | null> {
  const text = connection.dialect === 'sqlite' ? sqlite : postgres
  const [row] = await connection.query<Omit<Row, keyof Text> & Text>(text, [id])
  if (!row) return null
  const { input, output, error, metadata, webhook, callerTools, toolCalls, outputSchema, budget, settings } = row
  return toRun({
    ...row,
    input: JSON.parse(input),
    output: output === null ? null : JSON.parse(output),
    error: error === null ? null : JSON.parse(error),
    metadata: JSON.parse(metadata),
    webhook: webhook === null ? null : JSON.parse(webhook),
    callerTools: callerTools === null ? null : JSON.parse(callerTools),
    toolCalls: toolCalls === null ? null : JSON.parse(toolCalls),
    outputSchema: outputSchema === null ? null : JSON.parse(outputSchema),
    budget: budget === null ? null : JSON.parse(budget),
    settings: settings === null ? null : JSON.parse(settings),
  })
}

/** Those that are there, in no order. */
export async function readRuns({ orm, tables: { runs } }: Connection, ids: string[]): Promise<Run[]> {
  const rows = await orm.select().from(runs).where(inArray(runs.id, ids))
  return rows.map(toRun)
}
