import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { near, type Spending } from '../agents/limits.ts'
import type { Transaction } from '../db/database.ts'
import { type Budget, budgetName } from './budget.ts'
import type { BudgetBook } from './budget-book.ts'
import type { BudgetNews, BudgetOutbox } from './budget-outbox.ts'
import { addSpending, noSpending, spentOf } from './spending.ts'

/** What became of a model call that was reserved for; of one that failed, nothing was taken. */
export interface Charge {
  runId: string
  /** No tokens, or no cost, of a call that ended: its provider did not say, and what was reserved is what it took. */
  taken: Omit<Spending, 'costUsd'> & { costUsd: number | null }
  /** Milliseconds since 1970. */
  at: number
}

/** A budget of which most is used up, as the run that did so is told. */
export interface Warning {
  runId: string
  budgetId: string
  message: string
}

interface Settling {
  budgets: Pick<BudgetBook, 'get'>
  outbox: BudgetOutbox
}

interface Settled {
  budgetId: string
  period: string
  tokens: number
  costUsd: number
  steps: number
  taken: Spending
  runId: string
  at: number
}

/**
 * Turns what runs have reserved into what they took, in the commit that stores the results of their calls: neither is
 * ever there without the other. What is to be told of budgets that come near their end is told by the same commit.
 */
export async function settleCharges(
  tx: Transaction,
  charges: readonly Charge[],
  { budgets, outbox }: Settling,
): Promise<Warning[]> {
  const { budgetReservations: reservations } = tx.tables
  const ids = [...new Set(charges.map(({ runId }) => runId))]
  const reserved = await tx.orm.delete(reservations).where(inArray(reservations.runId, ids)).returning()
  const sums = new Map<string, Settled>()
  for (const { runId, budgetId, period, tokens, costUsd } of reserved) {
    const own = charges.filter(charge => charge.runId === runId)
    const taken = own.reduce((sum, charge) => addSpending(sum, known(charge, { tokens, costUsd })), noSpending)
    const at = own.at(-1)?.at ?? 0
    const key = `${budgetId} ${period}`
    const sum = sums.get(key) ?? { budgetId, period, tokens: 0, costUsd: 0, steps: 0, taken: noSpending, runId, at }
    sums.set(key, {
      ...sum,
      tokens: sum.tokens + tokens,
      costUsd: sum.costUsd + costUsd,
      steps: sum.steps + 1,
      taken: addSpending(sum.taken, taken),
      runId,
    })
  }
  const warnings: Warning[] = []
  const news: BudgetNews[] = []
  // In one order everywhere, so that two processes do not wait for each other.
  for (const key of [...sums.keys()].sort()) {
    const settled = sums.get(key)
    if (!settled) continue
    const budget = budgets.get(settled.budgetId)
    const told = await settle(tx, settled, budget)
    if (!told || !budget) continue
    const { period, runId, at } = settled
    news.push({ type: 'budget.warning', budget, period, spent: told.spent, at })
    warnings.push({ runId, budgetId: budget.id, message: `${told.ceiling} are used in ${budgetName(budget)}.` })
  }
  if (news.length > 0) await outbox.tellBudgets(tx, news)
  return warnings
}

function known({ taken }: Charge, reserved: Pick<Spending, 'tokens' | 'costUsd'>): Spending {
  if (taken.steps === 0) return { ...taken, costUsd: 0 }
  return { ...taken, tokens: taken.tokens || reserved.tokens, costUsd: taken.costUsd ?? reserved.costUsd }
}

/** Returns what is to be told, the first time in a period that most of it is used. */
async function settle(
  tx: Transaction,
  { budgetId, period, tokens, costUsd, steps, taken, at }: Settled,
  budget: Budget | undefined,
): Promise<{ spent: Spending; ceiling: string } | null> {
  const { budgetSpending: spending } = tx.tables
  const mine = and(eq(spending.budgetId, budgetId), eq(spending.period, period))
  const [row] = await tx.orm
    .update(spending)
    .set({
      tokens: sql`${spending.tokens} + ${taken.tokens}`,
      costUsd: sql`${spending.costUsd} + ${taken.costUsd}`,
      steps: sql`${spending.steps} + ${taken.steps}`,
      seconds: sql`${spending.seconds} + ${taken.seconds}`,
      reservedTokens: sql`${spending.reservedTokens} - ${tokens}`,
      reservedCostUsd: sql`${spending.reservedCostUsd} - ${costUsd}`,
      reservedSteps: sql`${spending.reservedSteps} - ${steps}`,
    })
    .where(mine)
    .returning()
  if (!row || !budget || row.warnedAt !== null) return null
  const spent = spentOf(row)
  const ceiling = near(budget.limits, spent)
  if (ceiling === null) return null
  const first = await tx.orm
    .update(spending)
    .set({ warnedAt: at })
    .where(and(mine, isNull(spending.warnedAt)))
    .returning({ budgetId: spending.budgetId })
  return first.length > 0 ? { spent, ceiling } : null
}
