import { and, eq, isNull, lt, sql } from 'drizzle-orm'
import { type Limits, reached, type Spending } from '../agents/limits.ts'
import type { AppContext } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import type { Run } from '../runs/run.ts'
import { type Budget, budgetName, periodOf } from './budget.ts'
import { BudgetExceeded } from './budget-exceeded.ts'
import type { BudgetOutbox } from './budget-outbox.ts'
import { committedOf, noSpending, spentOf } from './spending.ts'

/** What one model call may take. */
export interface Estimate {
  tokens: number
  costUsd: number
}

type Needs = Pick<AppContext, 'clock' | 'database'> & { outbox: BudgetOutbox & { wake(): void } }

/**
 * Takes what the next model call of a run may cost from all these budgets, or from none. Each of them is asked and
 * changed by one statement: as long as something is left, one call may begin, so that calls that begin at once pass a
 * ceiling by no more than one reservation. What an earlier attempt has reserved is given back by the same commit.
 * @throws BudgetExceeded
 */
export async function reserve(app: Needs, run: Run, budgets: Budget[], estimate: Estimate): Promise<void> {
  const now = app.clock.now()
  try {
    await app.database.transaction(tx => hold(tx, run, { budgets, estimate, now }))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    await tellExceeded(app, error, now)
    throw new BudgetExceeded(`${error.ceiling} are used up in ${budgetName(error.budget)}.`)
  }
}

interface Holding {
  budgets: Budget[]
  estimate: Estimate
  now: number
}

async function hold(tx: Transaction, run: Run, { budgets, estimate, now }: Holding): Promise<void> {
  const { budgetReservations: reservations } = tx.tables
  const before = await tx.orm.select().from(reservations).where(eq(reservations.runId, run.id))
  const wanted = budgets.map(budget => ({ budget, budgetId: budget.id, period: periodOf(budget, now) }))
  const isWanted = (budgetId: string, period: string) =>
    wanted.some(one => one.budgetId === budgetId && one.period === period)
  const left = before.filter(({ budgetId, period }) => !isWanted(budgetId, period))
  const changes = [...wanted, ...left.map(({ budgetId, period }) => ({ budgetId, period, budget: null }))]
  // In one order everywhere, so that two runs do not wait for each other.
  changes.sort((one, other) => (place(one) < place(other) ? -1 : 1))
  for (const { budget, budgetId, period } of changes) {
    const old = before.find(one => one.budgetId === budgetId && one.period === period)
    const change = {
      tokens: (budget ? estimate.tokens : 0) - (old?.tokens ?? 0),
      costUsd: (budget ? estimate.costUsd : 0) - (old?.costUsd ?? 0),
      steps: (budget ? 1 : 0) - (old ? 1 : 0),
    }
    if (budget) await take(tx, { budget, period, change, old: old ?? null })
    else await giveBack(tx, budgetId, period, change)
  }
  if (before.length > 0) await tx.orm.delete(reservations).where(eq(reservations.runId, run.id))
  const rows = wanted.map(({ budgetId, period }) => ({ budgetId, period, ...estimate }))
  await tx.orm
    .insert(reservations)
    .values(rows.map(row => ({ ...row, runId: run.id, tenantId: run.tenantId, createdAt: now })))
}

const place = ({ budgetId, period }: { budgetId: string; period: string }): string => `${budgetId} ${period}`

type Change = Omit<Spending, 'seconds'>

interface Taking {
  budget: Budget
  period: string
  change: Change
  /** What this run has reserved there already, which does not count against it. */
  old: Estimate | null
}

/** @throws Refused */
async function take(tx: Transaction, { budget, period, change, old }: Taking): Promise<void> {
  const { budgetSpending: spending } = tx.tables
  const { id: budgetId, tenantId, limits } = budget
  await tx.orm
    .insert(spending)
    .values({ budgetId, period, tenantId, ...noSpending, reservedTokens: 0, reservedCostUsd: 0, reservedSteps: 0 })
    .onConflictDoNothing()
  const mine = and(eq(spending.budgetId, budgetId), eq(spending.period, period))
  const taken = await tx.orm
    .update(spending)
    .set(reservedBy(tx, change))
    .where(and(mine, ...hasRoom(tx, limits, old)))
    .returning({ budgetId: spending.budgetId })
  if (taken.length > 0) return
  const [row] = await tx.orm.select().from(spending).where(mine)
  const committed = row ? committedOf(row) : noSpending
  throw new Refused(budget, {
    period,
    ceiling: reached(limits, committed) ?? 'All',
    spent: row ? spentOf(row) : noSpending,
  })
}

function hasRoom({ tables: { budgetSpending: spending } }: Transaction, limits: Limits, old: Estimate | null) {
  const { max_tokens, max_cost_usd, max_steps, max_seconds } = limits
  const [tokens, costUsd, steps] = [old?.tokens ?? 0, old?.costUsd ?? 0, old ? 1 : 0]
  return [
    max_tokens === undefined
      ? undefined
      : lt(sql`${spending.tokens} + ${spending.reservedTokens} - ${tokens}`, max_tokens),
    max_cost_usd === undefined
      ? undefined
      : lt(sql`${spending.costUsd} + ${spending.reservedCostUsd} - ${costUsd}`, max_cost_usd),
    max_steps === undefined ? undefined : lt(sql`${spending.steps} + ${spending.reservedSteps} - ${steps}`, max_steps),
    max_seconds === undefined ? undefined : lt(spending.seconds, max_seconds),
  ]
}

const reservedBy = ({ tables: { budgetSpending: spending } }: Transaction, { tokens, costUsd, steps }: Change) => ({
  reservedTokens: sql`${spending.reservedTokens} + ${tokens}`,
  reservedCostUsd: sql`${spending.reservedCostUsd} + ${costUsd}`,
  reservedSteps: sql`${spending.reservedSteps} + ${steps}`,
})

async function giveBack(tx: Transaction, budgetId: string, period: string, change: Change): Promise<void> {
  const { budgetSpending: spending } = tx.tables
  await tx.orm
    .update(spending)
    .set(reservedBy(tx, change))
    .where(and(eq(spending.budgetId, budgetId), eq(spending.period, period)))
}

/** Undoes the transaction: nothing is taken from other budgets either. */
class Refused extends Error {
  readonly budget: Budget
  readonly period: string
  readonly ceiling: string
  readonly spent: Spending

  constructor(budget: Budget, { period, ceiling, spent }: { period: string; ceiling: string; spent: Spending }) {
    super('A ceiling is reached.')
    this.budget = budget
    this.period = period
    this.ceiling = ceiling
    this.spent = spent
  }
}

/** Once in a period. */
async function tellExceeded(
  { database, outbox }: Needs,
  { budget, period, spent }: Refused,
  at: number,
): Promise<void> {
  await database.transaction(async tx => {
    const { budgetSpending: spending } = tx.tables
    const first = await tx.orm
      .update(spending)
      .set({ exceededAt: at })
      .where(and(eq(spending.budgetId, budget.id), eq(spending.period, period), isNull(spending.exceededAt)))
      .returning({ budgetId: spending.budgetId })
    if (first.length > 0) await outbox.tellBudgets(tx, [{ type: 'budget.exceeded', budget, period, spent, at }])
  })
  outbox.wake()
}
