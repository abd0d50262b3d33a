import type { Spending } from '../agents/limits.ts'
import type { Transaction } from '../db/database.ts'
import type { Budget } from './budget.ts'

export const budgetNewsTypes = ['budget.warning', 'budget.exceeded'] as const

/** What became of a budget, once in each of its periods. */
export interface BudgetNews {
  type: (typeof budgetNewsTypes)[number]
  budget: Budget
  period: string
  spent: Spending
  /** Milliseconds since 1970. */
  at: number
}

/** What is to be told outside: it commits with what it tells of, or not at all. */
export interface BudgetOutbox {
  tellBudgets(tx: Transaction, news: BudgetNews[]): Promise<void>
}
