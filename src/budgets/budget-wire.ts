import { type Static, t } from 'elysia'
import type { Spending } from '../agents/limits.ts'
import type { Listing } from '../http/cursor.ts'
import { iso } from '../http/iso-time.ts'
import { oneOf } from '../http/one-of.ts'
import { nameText } from '../http/params.ts'
import { type Budget, budgetPeriods, budgetScopes } from './budget.ts'
import { LimitsBody, LimitsObject } from './limits-body.ts'

const example = {
  id: 'bdg_01a20ac7643c74ff917af328c26df1fb',
  object: 'budget',
  scope: 'agent',
  subject: 'clerk',
  period: 'day',
  timezone: 'UTC',
  limits: { max_cost_usd: 5 },
  current: {
    period: '2026-11-26',
    spent: { tokens: 12_000, cost_usd: 0.31, steps: 14, seconds: 61.2 },
    reserved: { tokens: 9_000, cost_usd: 0.05, steps: 1 },
  },
  created_at: '2026-11-26T09:39:29.212Z',
  updated_at: '2026-11-26T09:39:29.212Z',
}

const settings = {
  limits: LimitsBody,
  timezone: t.Optional(
    nameText({ maxLength: 64, description: 'Of the tz database: when days and months begin. Default UTC.' }),
  ),
}

export const BudgetBody = t.Object(
  {
    scope: oneOf([...budgetScopes], { description: 'Whose runs it is for, all together.' }),
    subject: t.Optional(
      nameText({
        minLength: 1,
        maxLength: 128,
        description: 'Name of the agent, or id of the key, thread or schedule.',
      }),
    ),
    period: t.Optional(oneOf([...budgetPeriods], { default: 'total', description: 'After which it is full again.' })),
    ...settings,
  },
  {
    additionalProperties: false,
    title: 'NewBudget',
    examples: [{ scope: 'agent', subject: 'clerk', period: 'day', limits: { max_cost_usd: 5 } }],
  },
)
export type BudgetInput = Static<typeof BudgetBody>

export const BudgetPatch = t.Object(
  { limits: t.Optional(settings.limits), timezone: settings.timezone },
  {
    additionalProperties: false,
    minProperties: 1,
    title: 'BudgetChange',
    examples: [{ limits: { max_cost_usd: 10 } }],
  },
)
export type BudgetChange = Static<typeof BudgetPatch>

const amounts = { tokens: t.Number(), cost_usd: t.Number(), steps: t.Number() }

export const BudgetObject = t.Object(
  {
    id: t.String(),
    object: t.Literal('budget'),
    scope: oneOf([...budgetScopes], { description: 'Whose runs it is for.' }),
    subject: t.Nullable(t.String({ description: 'Null: all of the tenant.' })),
    period: oneOf([...budgetPeriods], { description: 'After which it is full again.' }),
    timezone: t.String(),
    limits: LimitsObject,
    current: t.Object(
      {
        period: t.String({ description: 'A day, a month, or total.' }),
        spent: t.Object({ ...amounts, seconds: t.Number() }),
        reserved: t.Nullable(t.Object(amounts, { description: 'For model calls that are being made.' })),
      },
      { description: 'What is taken from it now.' },
    ),
    created_at: t.String({ format: 'date-time' }),
    updated_at: t.String({ format: 'date-time' }),
  },
  { title: 'Budget', description: 'Ceilings that runs keep to together.', examples: [example] },
)

export interface CurrentSpending {
  period: string
  spent: Spending
  reserved: Omit<Spending, 'seconds'> | null
}

const amountsToWire = ({ tokens, costUsd, steps }: Omit<Spending, 'seconds'>) => ({
  tokens,
  cost_usd: Math.round(costUsd * 1e9) / 1e9,
  steps,
})

export const budgetToWire = (budget: Budget, { period, spent, reserved }: CurrentSpending) => ({
  id: budget.id,
  object: 'budget' as const,
  scope: budget.scope,
  subject: budget.subject,
  period: budget.period,
  timezone: budget.timezone,
  limits: budget.limits,
  current: {
    period,
    spent: { ...amountsToWire(spent), seconds: Math.round(spent.seconds * 1_000) / 1_000 },
    reserved: reserved && amountsToWire(reserved),
  },
  created_at: iso(budget.createdAt),
  updated_at: iso(budget.updatedAt),
})

export const budgetList: Listing<Pick<Budget, 'id'>> = {
  name: 'budgets',
  position: ({ id }) => id,
  pattern: /^bdg_[0-9a-f]{32}$/,
}
