import { desc } from 'drizzle-orm'
import type { AppContext } from '../context.ts'
import { readTime } from '../queue/sql/read-time.ts'
import { queueTime } from '../queue/time.ts'
import type { LifecycleState } from '../runtime/lifecycle.ts'
import { goneMs, type ProcessRecord } from './process-record.ts'

const atMost = 1_000

/** Every process of the last day that was not stopped in order, the latest first. */
export async function listProcesses({
  clock,
  database,
}: Pick<AppContext, 'clock' | 'database'>): Promise<ProcessRecord[]> {
  const { processes } = database.tables
  const rows = await database.orm.select().from(processes).orderBy(desc(processes.id)).limit(atMost)
  const now = await readTime(database, queueTime(database, clock))
  return rows.map(({ tenantId: _, ...row }) => ({
    ...row,
    // Safe: processes alone write both, of closed sets.
    roles: row.roles as string[],
    state: now - row.seenAt > goneMs ? 'gone' : (row.state as LifecycleState),
  }))
}
