import { and, eq } from 'drizzle-orm'
import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { invalidField } from '../errors.ts'
import { newId } from '../runtime/id.ts'
import { type Budget, limitColumns } from './budget.ts'
import type { BudgetChange, BudgetInput } from './budget-wire.ts'
import { getBudget } from './read-budgets.ts'

type Needs = Pick<AppContext, 'budgets' | 'clock' | 'database' | 'emit'>

/** It holds from the next model call on, in other processes within five seconds. @throws AppError invalid_request */
export async function createBudget(app: Needs, actor: Actor, input: BudgetInput): Promise<Budget> {
  const { scope, subject, period = 'total', timezone = 'UTC', limits } = input
  if ((scope === 'tenant') !== (subject === undefined)) {
    throw invalidField('/subject', scope === 'tenant' ? 'A tenant’s budget has none.' : `Say which ${scope} it is for.`)
  }
  checkTimezone(timezone)
  const now = app.clock.now()
  const { tenantId } = actor
  const id = newId('bdg')
  const budget = { id, tenantId, scope, subject: subject ?? null, period, timezone, createdAt: now, updatedAt: now }
  await app.database.transaction(async tx => {
    await tx.orm.insert(tx.tables.budgets).values({ ...budget, ...limitColumns(limits) })
    const details = { scope, subject: subject ?? null, period }
    await audit(tx, actor, { action: 'budget.created', target: { type: 'budget', id }, details }, now)
  })
  await changed(app, 'budget.created')
  return { ...budget, limits }
}

/** What was taken from it stays taken. @throws AppError not_found, invalid_request */
export async function changeBudget(app: Needs, actor: Actor, id: string, change: BudgetChange): Promise<Budget> {
  if (change.timezone !== undefined) checkTimezone(change.timezone)
  const { tenantId } = await getBudget(app, actor, id)
  const now = app.clock.now()
  await app.database.transaction(async tx => {
    const { budgets, budgetSpending: spending } = tx.tables
    await tx.orm
      .update(budgets)
      .set({ ...(change.limits && limitColumns(change.limits)), ...timezoneOf(change), updatedAt: now })
      .where(and(eq(budgets.id, id), eq(budgets.tenantId, tenantId)))
    // Of other ceilings somebody may have to be told again.
    await tx.orm.update(spending).set({ warnedAt: null, exceededAt: null }).where(eq(spending.budgetId, id))
    await audit(tx, actor, { action: 'budget.changed', target: { type: 'budget', id } }, now)
  })
  await changed(app, 'budget.changed')
  return getBudget(app, actor, id)
}

const timezoneOf = ({ timezone }: BudgetChange) => (timezone === undefined ? {} : { timezone })

/** @throws AppError not_found */
export async function deleteBudget(app: Needs, actor: Actor, id: string): Promise<void> {
  const { tenantId } = await getBudget(app, actor, id)
  await app.database.transaction(async tx => {
    const { budgets, budgetReservations, budgetSpending } = tx.tables
    await tx.orm.delete(budgets).where(and(eq(budgets.id, id), eq(budgets.tenantId, tenantId)))
    await tx.orm.delete(budgetReservations).where(eq(budgetReservations.budgetId, id))
    await tx.orm.delete(budgetSpending).where(eq(budgetSpending.budgetId, id))
    await audit(tx, actor, { action: 'budget.deleted', target: { type: 'budget', id } }, app.clock.now())
  })
  await changed(app, 'budget.deleted')
}

async function changed({ budgets, emit }: Needs, action: 'budget.created' | 'budget.changed' | 'budget.deleted') {
  emit('audit.recorded', { action })
  await budgets.changed()
}

/** @throws AppError invalid_request */
function checkTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en-CA', { timeZone: timezone })
  } catch {
    throw invalidField('/timezone', `${timezone} is no time zone of the tz database.`)
  }
}
