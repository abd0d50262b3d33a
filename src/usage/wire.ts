import { t } from 'elysia'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { page } from '../http/params.ts'
import type { UsageRow } from './read-usage.ts'

const UsageObject = t.Object(
  {
    object: t.Literal('usage'),
    day: t.Nullable(t.String({ description: 'Of UTC. This and the next three: null where it is not grouped by it.' })),
    agent: t.Nullable(t.String()),
    model: t.Nullable(t.String({ description: 'provider/model' })),
    key: t.Nullable(t.String({ description: 'Id of a key; empty: runs that were made without one, as by schedules.' })),
    runs: t.Nullable(integer({ description: 'That have ended. Null where it is grouped by model.' })),
    failed_runs: t.Nullable(integer()),
    model_calls: integer(),
    input_tokens: t.Number(),
    output_tokens: t.Number(),
    total_tokens: t.Number(),
    cost_usd: t.Number({ description: 'Of the calls whose cost is known.' }),
    unpriced_calls: integer({ description: 'Whose cost is not known, and not in the sum.' }),
  },
  {
    title: 'UsageSum',
    examples: [
      {
        object: 'usage',
        day: '2026-11-26',
        agent: null,
        model: null,
        key: null,
        runs: 12,
        failed_runs: 1,
        model_calls: 31,
        input_tokens: 41_000,
        output_tokens: 9_300,
        total_tokens: 50_300,
        cost_usd: 0.0289,
        unpriced_calls: 0,
      },
    ],
  },
)

export const UsagePage = page(UsageObject)

export const usageToWire = (row: UsageRow) => ({
  object: 'usage' as const,
  day: row.day,
  agent: row.agent,
  model: row.model,
  key: row.keyId,
  runs: row.model === null ? row.runs : null,
  failed_runs: row.model === null ? row.failedRuns : null,
  model_calls: row.calls,
  input_tokens: row.inputTokens,
  output_tokens: row.outputTokens,
  total_tokens: row.inputTokens + row.outputTokens,
  cost_usd: row.costUsd,
  unpriced_calls: row.unpricedCalls,
})

/** A row with its number in the whole answer. */
interface PlacedUsage {
  row: UsageRow
  place: number
}

export const usageList: Listing<PlacedUsage> = {
  name: 'usage',
  position: ({ place }) => String(place),
  pattern: /^\d{1,9}$/,
}
