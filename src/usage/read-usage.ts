import type { Actor, AppContext } from '../context.ts'

/** What usage is told by. A tenant is told its own. */
export const usageGroups = ['day', 'agent', 'model', 'key'] as const
export type UsageGroup = (typeof usageGroups)[number]

export interface UsageQuestion {
  groupBy: UsageGroup[]
  /** Days of UTC, both included. */
  from: string
  to: string
  agent?: string | undefined
  model?: string | undefined
  keyId?: string | undefined
}

/** What was taken by what the groups name; null where it is not grouped by that. */
export interface UsageRow {
  day: string | null
  agent: string | null
  model: string | null
  keyId: string | null
  runs: number
  failedRuns: number
  calls: number
  unpricedCalls: number
  inputTokens: number
  outputTokens: number
  /** Of the calls whose cost is known. */
  costUsd: number
}

const columnOf: Record<UsageGroup, string> = { day: 'day', agent: 'agent', model: 'model', key: 'key_id' }

/** At most so many rows: 500 and one that says that there are more. */
export async function readUsage(
  { database }: Pick<AppContext, 'database'>,
  { tenantId, agents }: Actor,
  question: UsageQuestion,
  { skip, limit }: { skip: number; limit: number },
): Promise<UsageRow[]> {
  const params: (string | number)[] = []
  const place = (value: string | number) => {
    params.push(value)
    return database.dialect === 'sqlite' ? `?${params.length}` : `$${params.length}`
  }
  const [tenant, from, to] = [place(tenantId), place(question.from), place(question.to)]
  const wanted = [`tenant_id = ${tenant}`, `day between ${from} and ${to}`]
  if (question.agent !== undefined) wanted.push(`agent = ${place(question.agent)}`)
  if (question.keyId !== undefined) wanted.push(`key_id = ${place(question.keyId)}`)
  // Runs are counted in rows without a model.
  if (question.model !== undefined) wanted.push(`model = ${place(question.model)}`)
  else if (question.groupBy.includes('model')) wanted.push(`model <> ''`)
  if (agents) wanted.push(`agent in (${[...agents].map(place).join(', ') || 'null'})`)
  const columns = question.groupBy.map(group => columnOf[group])
  const sums = `sum(runs) "runs", sum(failed_runs) "failedRuns", sum(calls) "calls", sum(unpriced_calls) "unpricedCalls",
    sum(input_tokens) "inputTokens", sum(output_tokens) "outputTokens", sum(cost_usd) "costUsd"`
  const amounts = `tenant_id, day, agent, model, key_id, runs, failed_runs, calls, unpriced_calls, input_tokens,
    output_tokens, cost_usd`
  const text = `
    select ${[...columns, sums].join(', ')} from (
      select ${amounts} from usage_days where ${wanted.join(' and ')}
      union all
      select ${amounts} from usage_entries where ${wanted.join(' and ')}) as used
    ${columns.length === 0 ? 'having count(*) > 0' : `group by ${columns.join(', ')} order by ${columns.join(', ')}`}
    limit ${place(limit)} offset ${place(skip)}`
  const rows = await database.query<Record<string, string | number>>(text, params)
  const told = (row: Record<string, string | number>, group: UsageGroup) =>
    question.groupBy.includes(group) ? String(row[columnOf[group]]) : null
  return rows.map(row => ({
    day: told(row, 'day'),
    agent: told(row, 'agent'),
    model: told(row, 'model'),
    keyId: told(row, 'key'),
    runs: Number(row.runs),
    failedRuns: Number(row.failedRuns),
    calls: Number(row.calls),
    unpricedCalls: Number(row.unpricedCalls),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    costUsd: Math.round(Number(row.costUsd) * 1e9) / 1e9,
  }))
}
