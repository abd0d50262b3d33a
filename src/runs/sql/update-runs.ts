import type { Transaction } from '../../db/database.ts'
import type { Run } from '../run.ts'

const sqlite = `
update runs set status = ?2, attempt = ?3, output = ?4, error = ?5, input_tokens = ?6, output_tokens = ?7, cost_usd = ?8,
  started_at = ?9, finished_at = ?10, waiting_since = ?11, tool_calls = ?12
where id = ?1`

// `any(array(…))`: joined alone, the whole table would be read for each write by a plan made while it was small.
const postgres = `
with r as materialized (
  select * from json_to_recordset($1::json) as r("id" text, "status" text, "attempt" int, "output" text, "error" text,
    "inputTokens" int, "outputTokens" int, "costUsd" float8, "startedAt" float8, "finishedAt" float8, "waitingSince" float8, "toolCalls" text))
update runs set status = r."status", attempt = r."attempt", output = r."output"::json, error = r."error"::json,
  input_tokens = r."inputTokens", output_tokens = r."outputTokens", cost_usd = r."costUsd",
  started_at = to_timestamp(r."startedAt" / 1000), finished_at = to_timestamp(r."finishedAt" / 1000),
  waiting_since = to_timestamp(r."waitingSince" / 1000), tool_calls = r."toolCalls"::json
from r where runs.id = r."id" and runs.id = any(array(select "id" from r))`

/** Writes what executing changes. The caller holds the runs' jobs, so nobody else writes these rows. */
export async function updateRuns(tx: Transaction, runs: Run[]): Promise<void> {
  const rows = runs.map(
    ({ id, status, attempt, inputTokens, outputTokens, costUsd, startedAt, finishedAt, waitingSince, ...run }) => ({
      id,
      status,
      attempt,
      output: run.output === null ? null : JSON.stringify(run.output),
      error: run.error === null ? null : JSON.stringify(run.error),
      inputTokens,
      outputTokens,
      costUsd,
      startedAt,
      finishedAt,
      waitingSince,
      toolCalls: run.toolCalls && JSON.stringify(run.toolCalls),
    }),
  )
  if (tx.dialect === 'postgres') {
    await tx.query(postgres, [JSON.stringify(rows)])
    return
  }
  const params = rows.map(run => [
    run.id,
    run.status,
    run.attempt,
    run.output,
    run.error,
    run.inputTokens,
    run.outputTokens,
    run.costUsd,
    run.startedAt,
    run.finishedAt,
    run.waitingSince,
    run.toolCalls,
  ])
  await tx.queryEach(sqlite, params)
}
