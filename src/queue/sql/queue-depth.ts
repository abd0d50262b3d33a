import type { Transaction } from '../../db/database.ts'
import { AppError } from '../../errors.ts'

const readLimits = (names: string) =>
  `select name, depth_limit from queues where depth_limit is not null and name in (${names})`
const sqliteLimits = readLimits('select value from json_each(?1)')
const postgresLimits = readLimits('select json_array_elements_text($1::json)')

// By one partial index each.
const count = (queue: string, limit: string) => `
select count(*) depth from (
  select 1 from jobs where queue = ${queue} and state = 'available'
  union all select 1 from jobs where queue = ${queue} and state = 'scheduled'
  union all select 1 from jobs where queue = ${queue} and state = 'running'
  union all select 1 from jobs where queue = ${queue} and state = 'waiting'
  limit ${limit}) unfinished`
const sqliteCount = count('?1', '?2')
const postgresCount = count('$1', '$2')

const retryAfterSeconds = 5

/** By queue, how many unfinished jobs it may have; without those that have no limit. */
export async function readDepthLimits(tx: Transaction, queues: string[]): Promise<Map<string, number>> {
  const rows = await tx.query<{ name: string; depth_limit: number }>(
    tx.dialect === 'sqlite' ? sqliteLimits : postgresLimits,
    [JSON.stringify(queues)],
  )
  return new Map(rows.map(row => [row.name, row.depth_limit]))
}

/**
 * Holds queues to their depth limit: how many jobs they may have unfinished. Costs one look at a small table where no
 * queue has a limit. Two transactions that enqueue at once do not see each other's jobs, and may pass it by so many.
 * @param added by queue, how many jobs are about to be inserted
 * @throws AppError rate_limited
 */
export async function checkDepth(tx: Transaction, added: ReadonlyMap<string, number>): Promise<void> {
  await refuseAbove(tx, await readDepthLimits(tx, [...added.keys()]), added)
}

/** @param added jobs that are still to be counted in @throws AppError rate_limited */
export async function refuseAbove(
  tx: Transaction,
  limits: ReadonlyMap<string, number>,
  added: ReadonlyMap<string, number> = new Map(),
): Promise<void> {
  for (const [name, limit] of limits) {
    const room = limit - (added.get(name) ?? 0)
    // Whatever there is more need not be counted.
    const [row] = await tx.query<{ depth: number }>(tx.dialect === 'sqlite' ? sqliteCount : postgresCount, [
      name,
      Math.max(room, 0) + 1,
    ])
    if ((row?.depth ?? 0) > room) {
      throw new AppError('rate_limited', `The queue ${name} is full: it takes ${limit} unfinished jobs.`, {
        retryAfterSeconds,
      })
    }
  }
}
