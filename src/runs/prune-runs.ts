import { and, asc, inArray, lt } from 'drizzle-orm'
import type { Transaction } from '../db/database.ts'
import { deleteRuns } from './sql/delete-runs.ts'

const batch = 100

/**
 * Deletes runs that were made longer ago and have ended; says whether there may be more. Ids begin with the time of their
 * making: the oldest are found by the key.
 */
export async function pruneRuns(tx: Transaction, madeBefore: number): Promise<boolean> {
  const { runs } = tx.tables
  const oldest = await tx.orm
    .select({ id: runs.id })
    .from(runs)
    .where(and(lt(runs.id, idAt(madeBefore)), inArray(runs.status, ['completed', 'failed', 'cancelled'])))
    .orderBy(asc(runs.id))
    .limit(batch)
  if (oldest.length === 0) return false
  await deleteRuns(
    tx,
    oldest.map(({ id }) => id),
  )
  return oldest.length === batch
}

/** All runs made before that time have a lower id. */
const idAt = (ms: number): string => `run_${Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')}`
