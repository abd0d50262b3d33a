import type { InferSelectModel } from 'drizzle-orm'
import type { Limits } from '../agents/limits.ts'
import type { Tables } from '../db/tables.ts'
import type { Run } from '../runs/run.ts'

/** Whose runs a budget is for, all together. */
export const budgetScopes = ['tenant', 'agent', 'key', 'thread', 'schedule'] as const
export type BudgetScope = (typeof budgetScopes)[number]

export const budgetPeriods = ['total', 'day', 'month'] as const
export type BudgetPeriod = (typeof budgetPeriods)[number]

/** Times are milliseconds since 1970. */
export interface Budget {
  id: string
  tenantId: string
  scope: BudgetScope
  /** Name of the agent, or id of the key, thread or schedule; null: of the tenant. */
  subject: string | null
  period: BudgetPeriod
  /** Of the tz database: when days and months begin. */
  timezone: string
  limits: Limits
  createdAt: number
  updatedAt: number
}

type Row = InferSelectModel<Tables['budgets']>

// Which words stand in text columns was checked when they were written, by this feature alone.
export const toBudget = ({ maxTokens, maxCostUsd, maxSteps, maxSeconds, ...row }: Row): Budget => ({
  ...row,
  scope: row.scope as BudgetScope,
  period: row.period as BudgetPeriod,
  limits: {
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    ...(maxCostUsd !== null && { max_cost_usd: maxCostUsd }),
    ...(maxSteps !== null && { max_steps: maxSteps }),
    ...(maxSeconds !== null && { max_seconds: maxSeconds }),
  },
})

/** Its limits as columns. */
export const limitColumns = ({ max_tokens, max_cost_usd, max_steps, max_seconds }: Limits) => ({
  maxTokens: max_tokens ?? null,
  maxCostUsd: max_cost_usd ?? null,
  maxSteps: max_steps ?? null,
  maxSeconds: max_seconds ?? null,
})

export function isFor({ scope, subject }: Budget, { agent, keyId, threadId, scheduleId }: Run): boolean {
  switch (scope) {
    case 'tenant':
      return true
    case 'agent':
      return subject === agent
    case 'key':
      return subject === keyId
    case 'thread':
      return subject === threadId
    case 'schedule':
      return subject === scheduleId
  }
}

/** For people, as in errors: `the budget of agent clerk for the day`. */
export const budgetName = ({ scope, subject, period }: Budget): string =>
  `the budget of ${subject === null ? 'the tenant' : `${scope} ${subject}`}${period === 'total' ? '' : ` for the ${period}`}`

const formats = new Map<string, Intl.DateTimeFormat>()

/** The period that a moment is in: 2026-11-26, 2026-11, or `total`. */
export function periodOf({ period, timezone }: Pick<Budget, 'period' | 'timezone'>, at: number): string {
  if (period === 'total') return 'total'
  let format = formats.get(timezone)
  if (!format) {
    // The only locale whose dates are written as ISO has them.
    format = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, year: 'numeric', month: '2-digit', day: '2-digit' })
    formats.set(timezone, format)
  }
  const day = format.format(at)
  return period === 'day' ? day : day.slice(0, 7)
}
