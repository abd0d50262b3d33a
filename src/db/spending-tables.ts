import { sql } from 'drizzle-orm'
import type { Kit } from './kit.ts'

/** What model calls took, and what they may take. Tokens are `real`: whole numbers, that no sum of them outgrows. */
export const spendingTables = (kit: Kit) => {
  const { table, text, int, real, time, index, check, primaryKey } = kit
  const tenantId = () => text('tenant_id').notNull().default('default')

  const amounts = () => ({
    tenantId: tenantId(),
    /** Of UTC, as 2026-11-26. */
    day: text('day').notNull(),
    agent: text('agent').notNull(),
    /** `provider/model` of calls; empty in rows that count runs. */
    model: text('model').notNull(),
    /** The key that the runs were made with; empty: none. */
    keyId: text('key_id').notNull(),
    /** That were begun and have ended. */
    runs: int('runs').notNull(),
    failedRuns: int('failed_runs').notNull(),
    calls: int('calls').notNull(),
    /** Whose cost is not known, and not in the sum. */
    unpricedCalls: int('unpriced_calls').notNull(),
    inputTokens: real('input_tokens').notNull(),
    outputTokens: real('output_tokens').notNull(),
    costUsd: real('cost_usd').notNull(),
  })

  /** Added by each commit that ends a model call or a run, and summed up into days later: no row is written twice. */
  const usageEntries = table('usage_entries', { id: text('id').primaryKey(), ...amounts() }, t => [
    index('usage_entries_by_day').on(t.tenantId, t.day),
  ])

  const usageDays = table('usage_days', amounts(), t => [
    primaryKey({ columns: [t.tenantId, t.day, t.agent, t.model, t.keyId] }),
  ])

  /** Ceilings for all runs of a tenant, an agent, a key, a thread or a schedule together. */
  const budgets = table(
    'budgets',
    {
      id: text('id').primaryKey(),
      tenantId: tenantId(),
      /** tenant | agent | key | thread | schedule */
      scope: text('scope').notNull(),
      /** Name or id of it; null: of the tenant. */
      subject: text('subject'),
      /** total | day | month */
      period: text('period').notNull(),
      timezone: text('timezone').notNull(),
      maxTokens: real('max_tokens'),
      maxCostUsd: real('max_cost_usd'),
      maxSteps: real('max_steps'),
      maxSeconds: real('max_seconds'),
      createdAt: time('created_at').notNull(),
      updatedAt: time('updated_at').notNull(),
    },
    t => [
      index('budgets_by_tenant').on(t.tenantId, t.id),
      check('budget_has_a_subject', sql`(scope = 'tenant') = (subject is null)`),
    ],
  )

  /** What was taken from a budget in one of its periods. */
  const budgetSpending = table(
    'budget_spending',
    {
      budgetId: text('budget_id').notNull(),
      /** 2026-11-26, 2026-11, or `total`. */
      period: text('period').notNull(),
      tenantId: tenantId(),
      tokens: real('tokens').notNull(),
      costUsd: real('cost_usd').notNull(),
      steps: real('steps').notNull(),
      seconds: real('seconds').notNull(),
      reservedTokens: real('reserved_tokens').notNull(),
      reservedCostUsd: real('reserved_cost_usd').notNull(),
      reservedSteps: real('reserved_steps').notNull(),
      warnedAt: time('warned_at'),
      exceededAt: time('exceeded_at'),
    },
    t => [primaryKey({ columns: [t.budgetId, t.period] })],
  )

  /** What the model call that a run makes now may take from a budget. A run makes one at a time. */
  const budgetReservations = table(
    'budget_reservations',
    {
      runId: text('run_id').notNull(),
      budgetId: text('budget_id').notNull(),
      tenantId: tenantId(),
      period: text('period').notNull(),
      tokens: real('tokens').notNull(),
      costUsd: real('cost_usd').notNull(),
      createdAt: time('created_at').notNull(),
    },
    t => [primaryKey({ columns: [t.runId, t.budgetId] })],
  )

  return { usageEntries, usageDays, budgets, budgetSpending, budgetReservations }
}
