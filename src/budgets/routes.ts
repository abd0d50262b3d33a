import { t } from 'elysia'
import type { AppContext } from '../context.ts'
import { controller } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import type { Budget } from './budget.ts'
import { BudgetBody, BudgetObject, BudgetPatch, budgetList, budgetToWire } from './budget-wire.ts'
import { changeBudget, createBudget, deleteBudget } from './change-budgets.ts'
import { currentSpending, getBudget, listBudgets } from './read-budgets.ts'
import { noSpending } from './spending.ts'

const params = t.Object({
  id: t.String({ description: 'Id of the budget.', examples: ['bdg_01a20ac7643c74ff917af328c26df1fb'] }),
})

/** `/v1/budgets`: ceilings for the runs of a tenant, an agent, a key, a thread or a schedule together. */
export const budgetRoutes = (app: AppContext) => {
  const shown = async (budgets: Budget[]) => {
    const current = await currentSpending(app, budgets)
    return (budget: Budget) =>
      budgetToWire(budget, current.get(budget.id) ?? { period: budget.period, spent: noSpending, reserved: null })
  }
  const one = async (budget: Budget) => (await shown([budget]))(budget)
  return controller('Budgets', '/v1/budgets')
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor } }) => {
        const budgets = await listBudgets(app, actor, { after: decodeCursor(cursor, budgetList), limit: limit + 1 })
        return toPage(budgets, limit, budgetList, await shown(budgets))
      },
      {
        scope: 'budgets:read',
        query: t.Object({ limit: limitParam, cursor: cursorParam }, { additionalProperties: false }),
        response: { 200: page(BudgetObject) },
        detail: { operationId: 'listBudgets', summary: 'List budgets', description: 'The newest first.' },
      },
    )
    .post(
      '/',
      async ({ actor, body, set }) => {
        const budget = await createBudget(app, actor, body)
        set.status = 201
        set.headers.location = `/v1/budgets/${budget.id}`
        return one(budget)
      },
      {
        scope: 'budgets:write',
        body: BudgetBody,
        response: { 201: BudgetObject },
        detail: {
          operationId: 'createBudget',
          summary: 'Make a budget',
          description:
            'It holds from the next model call on: the call reserves what it may take, and is refused once a ceiling is reached.',
        },
      },
    )
    .get('/:id', async ({ actor, params }) => one(await getBudget(app, actor, params.id)), {
      scope: 'budgets:read',
      params,
      response: { 200: BudgetObject },
      detail: { operationId: 'getBudget', summary: 'Read a budget', description: 'With what is taken from it now.' },
    })
    .patch('/:id', async ({ actor, body, params }) => one(await changeBudget(app, actor, params.id, body)), {
      scope: 'budgets:write',
      params,
      body: BudgetPatch,
      response: { 200: BudgetObject },
      detail: {
        operationId: 'changeBudget',
        summary: 'Change a budget',
        description: 'All of its limits are those that are sent. What was taken from it stays taken.',
      },
    })
    .delete(
      '/:id',
      async ({ actor, params, set }) => {
        await deleteBudget(app, actor, params.id)
        set.status = 204
      },
      {
        scope: 'budgets:write',
        params,
        detail: {
          operationId: 'deleteBudget',
          summary: 'Delete a budget',
          description: 'Its runs are limited by it no more.',
          responses: { 204: { description: 'It is gone.' } },
        },
      },
    )
}
