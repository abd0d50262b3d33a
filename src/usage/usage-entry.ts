/** What some model calls took, or how some runs ended. */
export interface UsageAmounts {
  runs: number
  failedRuns: number
  calls: number
  /** Whose cost is not known, and not in the sum. */
  unpricedCalls: number
  inputTokens: number
  outputTokens: number
  costUsd: number
}

/** Whose they were. */
export interface UsageSubject {
  tenantId: string
  /** Of UTC, as 2026-11-26. */
  day: string
  agent: string
  /** `provider/model` of calls; empty where runs are counted. */
  model: string
  /** The key that the runs were made with; empty: none. */
  keyId: string
}

export type UsageEntry = UsageSubject & UsageAmounts

const noUsage: UsageAmounts = {
  runs: 0,
  failedRuns: 0,
  calls: 0,
  unpricedCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: 0,
}

interface Spender {
  tenantId: string
  agent: string
  keyId: string | null
}

/** One model call that has ended. `at` in milliseconds since 1970; the cost null where it is not known. */
export const callUsage = (
  { tenantId, agent, keyId }: Spender,
  model: string,
  { input_tokens, output_tokens, cost_usd }: { input_tokens: number; output_tokens: number; cost_usd: number | null },
  at: number,
): UsageEntry => ({
  ...noUsage,
  tenantId,
  agent,
  model,
  keyId: keyId ?? '',
  day: dayOf(at),
  calls: 1,
  unpricedCalls: cost_usd === null ? 1 : 0,
  inputTokens: input_tokens,
  outputTokens: output_tokens,
  costUsd: cost_usd ?? 0,
})

/** One run that has ended. */
export const runUsageEntry = (
  { tenantId, agent, keyId }: Spender,
  status: 'completed' | 'failed' | 'cancelled',
  at: number,
): UsageEntry => ({
  ...noUsage,
  tenantId,
  agent,
  model: '',
  keyId: keyId ?? '',
  day: dayOf(at),
  runs: 1,
  failedRuns: status === 'failed' ? 1 : 0,
})

/** Entries of the same subject as one. */
export function sumUp(entries: Iterable<UsageEntry>): UsageEntry[] {
  const sums = new Map<string, UsageEntry>()
  for (const entry of entries) {
    const key = `${entry.tenantId}\n${entry.day}\n${entry.agent}\n${entry.model}\n${entry.keyId}`
    const sum = sums.get(key)
    if (!sum) {
      sums.set(key, { ...entry })
      continue
    }
    sum.runs += entry.runs
    sum.failedRuns += entry.failedRuns
    sum.calls += entry.calls
    sum.unpricedCalls += entry.unpricedCalls
    sum.inputTokens += entry.inputTokens
    sum.outputTokens += entry.outputTokens
    sum.costUsd += entry.costUsd
  }
  return [...sums.values()]
}

const dayMs = 86_400_000
let lastDay = { number: -1, text: '' }

/** Asked for with each call: nearly always of the same day. */
function dayOf(at: number): string {
  const number = Math.floor(at / dayMs)
  if (number !== lastDay.number) lastDay = { number, text: new Date(at).toISOString().slice(0, 10) }
  return lastDay.text
}
