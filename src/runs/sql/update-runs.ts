import type { Transaction } from '../../db/database.ts'
import type { Run } from '../run.ts'

const sqlite = `
update runs set status = r.status, attempt = r.attempt, output = r.output, error = r.error,
  input_tokens = r.input_tokens, output_tokens = r.output_tokens, cost_usd = r.cost_usd,
  started_at = r.started_at, finished_at = r.finished_at
from (select value->>'id' id, value->>'status' status, value->>'attempt' attempt, value->>'output' output,
             value->>'error' error, value->>'inputTokens' input_tokens, value->>'outputTokens' output_tokens,
             value->>'costUsd' cost_usd, value->>'startedAt' started_at, value->>'finishedAt' finished_at
      from json_each(?1)) r
where runs.id = r.id`

const postgres = `
update runs set status = r."status", attempt = r."attempt", output = r."output"::json, error = r."error"::json,
  input_tokens = r."inputTokens", output_tokens = r."outputTokens", cost_usd = r."costUsd",
  started_at = to_timestamp(r."startedAt" / 1000), finished_at = to_timestamp(r."finishedAt" / 1000)
from json_to_recordset($1::json) as r("id" text, "status" text, "attempt" int, "output" text, "error" text,
  "inputTokens" int, "outputTokens" int, "costUsd" float8, "startedAt" float8, "finishedAt" float8)
where runs.id = r."id"`

/** Writes what executing changes. The caller holds the runs' jobs, so nobody else writes these rows. */
export async function updateRuns(tx: Transaction, runs: Run[]): Promise<void> {
  const rows = runs.map(
    ({ id, status, attempt, inputTokens, outputTokens, costUsd, startedAt, finishedAt, ...run }) => ({
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
    }),
  )
  await tx.query(tx.dialect === 'sqlite' ? sqlite : postgres, [JSON.stringify(rows)])
}
