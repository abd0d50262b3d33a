import { and, desc, eq, inArray, lt, or } from 'drizzle-orm'
import { mayUse } from '../catalog/usable-agent.ts'
import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { type Budget, periodOf, toBudget } from './budget.ts'
import type { CurrentSpending } from './budget-wire.ts'
import { noSpending, spentOf } from './spending.ts'

type Reading = Pick<AppContext, 'clock' | 'database'>

/** A key for some agents sees the budgets of these alone. */
const mayRead = (actor: Actor, { scope, subject }: Budget): boolean =>
  actor.agents === undefined || (scope === 'agent' && subject !== null && mayUse(actor, subject))

/** @throws AppError not_found */
export async function getBudget({ database }: Pick<Reading, 'database'>, actor: Actor, id: string): Promise<Budget> {
  const { budgets } = database.tables
  const mine = and(eq(budgets.id, id), eq(budgets.tenantId, actor.tenantId))
  const [row] = await database.orm.select().from(budgets).where(mine)
  if (!row || !mayRead(actor, toBudget(row))) throw notFound('budget', id)
  return toBudget(row)
}

/** The newest first. */
export async function listBudgets(
  { database }: Pick<Reading, 'database'>,
  { tenantId, agents }: Actor,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Budget[]> {
  const { budgets } = database.tables
  const own = agents && and(eq(budgets.scope, 'agent'), inArray(budgets.subject, [...agents]))
  const rows = await database.orm
    .select()
    .from(budgets)
    .where(and(eq(budgets.tenantId, tenantId), own, after === undefined ? undefined : lt(budgets.id, after)))
    .orderBy(desc(budgets.id))
    .limit(limit)
  return rows.map(toBudget)
}

/** What is taken from each of them in its present period. */
export async function currentSpending(
  { clock, database }: Reading,
  budgets: Budget[],
): Promise<Map<string, CurrentSpending>> {
  const now = clock.now()
  const periods = new Map(budgets.map(budget => [budget.id, periodOf(budget, now)]))
  const { budgetSpending: spending } = database.tables
  const wanted = [...periods].map(([id, period]) => and(eq(spending.budgetId, id), eq(spending.period, period)))
  const rows =
    wanted.length === 0
      ? []
      : await database.orm
          .select()
          .from(spending)
          .where(or(...wanted))
  const found = new Map(rows.map(row => [row.budgetId, row]))
  return new Map(
    [...periods].map(([id, period]) => {
      const row = found.get(id)
      const reserved = {
        tokens: row?.reservedTokens ?? 0,
        costUsd: row?.reservedCostUsd ?? 0,
        steps: row?.reservedSteps ?? 0,
      }
      return [id, { period, spent: row ? spentOf(row) : noSpending, reserved }]
    }),
  )
}
