import { inArray } from 'drizzle-orm'
import type { Transaction } from '../db/database.ts'
import { settleCharges } from './settle-charges.ts'
import { noSpending } from './spending.ts'

/** Gives back what runs had reserved that have ended and that nobody executes. */
export async function releaseReservations(tx: Transaction, runIds: string[]): Promise<void> {
  const { budgetReservations: reservations } = tx.tables
  const held = await tx.orm
    .select({ runId: reservations.runId })
    .from(reservations)
    .where(inArray(reservations.runId, runIds))
  if (held.length === 0) return
  const charges = held.map(({ runId }) => ({ runId, taken: noSpending, at: 0 }))
  await settleCharges(tx, charges, silent)
}

/** Nothing was taken, so nothing comes nearer to its end. */
const silent = { budgets: { get: () => undefined }, outbox: { tellBudgets: async () => {} } }
