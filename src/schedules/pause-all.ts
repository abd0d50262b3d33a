import { and, eq, isNull } from 'drizzle-orm'
import type { Transaction } from '../db/database.ts'
import { noNext } from './next-after-change.ts'

/** Pauses every schedule of a tenant, in the caller's transaction. `now` in milliseconds. */
export async function pauseAllSchedules({ orm, tables }: Transaction, tenantId: string, now: number): Promise<void> {
  const { schedules } = tables
  await orm
    .update(schedules)
    .set({ pausedAt: now, updatedAt: now, ...noNext })
    .where(and(eq(schedules.tenantId, tenantId), isNull(schedules.pausedAt), isNull(schedules.removedAt)))
}
