import type { InferSelectModel } from 'drizzle-orm'
import type { Spending } from '../agents/limits.ts'
import type { Tables } from '../db/tables.ts'

export const noSpending: Spending = { tokens: 0, costUsd: 0, steps: 0, seconds: 0 }

export const addSpending = (one: Spending, other: Spending): Spending => ({
  tokens: one.tokens + other.tokens,
  costUsd: one.costUsd + other.costUsd,
  steps: one.steps + other.steps,
  seconds: one.seconds + other.seconds,
})

type Row = InferSelectModel<Tables['budgetSpending']>

export const spentOf = ({ tokens, costUsd, steps, seconds }: Row): Spending => ({ tokens, costUsd, steps, seconds })

/** With what is reserved by calls that are being made. */
export const committedOf = (row: Row): Spending => ({
  tokens: row.tokens + row.reservedTokens,
  costUsd: row.costUsd + row.reservedCostUsd,
  steps: row.steps + row.reservedSteps,
  seconds: row.seconds,
})
