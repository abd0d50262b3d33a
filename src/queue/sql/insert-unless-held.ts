import type { Transaction } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import type { UniqueRule } from '../job.ts'
import { type InsertTime, insertJobRows, type JobRow } from './insert-job-rows.ts'
import type { InsertedJob } from './insert-jobs.ts'
import { lockKeyHolders, replaceJobs } from './unique-keys.ts'

const attempts = 25

/**
 * Inserts jobs, some of which have a unique key. Where another has the key already the new job is not inserted, and the
 * rule says what becomes of the other, which stays locked: it does not begin before the caller's transaction ends.
 * @param rules by the ids of jobs
 * @throws AppError unavailable where others keep taking and freeing the same keys meanwhile
 */
export async function insertUnlessHeld(
  tx: Transaction,
  rows: JobRow[],
  rules: ReadonlyMap<string, UniqueRule>,
  time: InsertTime,
): Promise<InsertedJob[]> {
  if (rules.size === 0) {
    const written = await insertJobRows(tx, rows, time)
    return written.map(({ id, state }) => ({ id, state, existing: null }))
  }
  const inserted: InsertedJob[] = []
  let left = rows
  for (let attempt = 1; left.length > 0; attempt++) {
    // Between the conflict and the look at the holder, that may end or be pruned: the key is free then.
    if (attempt > attempts) throw new AppError('unavailable', 'Too many others enqueue the same unique jobs.')
    const written = new Map((await insertJobRows(tx, left, time)).map(({ id, state }) => [id, state]))
    for (const [id, state] of written) inserted.push({ id, state, existing: null })
    const held = left.filter(row => !written.has(row.id))
    if (held.length === 0) break
    const kept = await yieldToHolders(tx, held, rules, time.now)
    inserted.push(...kept)
    const yielded = new Set(kept.map(({ id }) => id))
    left = held.filter(row => !yielded.has(row.id))
  }
  return inserted
}

/** Does with the holders of the keys what the jobs' rules say. Those whose key turns out to be free are left out. */
async function yieldToHolders(
  tx: Transaction,
  rows: JobRow[],
  rules: ReadonlyMap<string, UniqueRule>,
  now: number | null,
): Promise<InsertedJob[]> {
  const keys = rows.flatMap(row => row.uniqueKey ?? [])
  const holders = await lockKeyHolders(tx, [...new Set(keys)], now)
  // Of several for one holder the last one counts, as if each came by itself.
  const replacements = new Map<string, Parameters<typeof replaceJobs>[1][number]>()
  const kept = rows.flatMap((row): InsertedJob[] => {
    const holder = holders.get(row.uniqueKey ?? '')
    if (!holder) return []
    const onConflict = rules.get(row.id)?.onConflict
    if (onConflict?.kind !== 'replace' || holder.begun) return [{ id: row.id, state: 'kept', existing: holder.id }]
    const { payload, delayMs } = row
    replacements.set(holder.id, { id: holder.id, payload, delayMs, maxDelayMs: onConflict.maxDelayMs })
    return [{ id: row.id, state: 'replaced', existing: holder.id }]
  })
  await replaceJobs(tx, [...replacements.values()], now)
  return kept
}
