import type { Connection } from '../../db/database.ts'
import type { RunningCounts } from '../limits.ts'

const sqlite = `
select limit_key key, count(*) count from jobs indexed by jobs_to_rescue
where state = 'running' and queue = ?1 group by limit_key`

const postgres = `
select limit_key key, count(*)::int count from jobs where state = 'running' and queue = $1 group by limit_key`

/** How many jobs of a queue run now, on all processes. Reads all that runs, by the partial index `jobs_to_rescue`. */
export async function runningCounts(
  connection: Pick<Connection, 'dialect' | 'query'>,
  queue: string,
): Promise<RunningCounts> {
  const text = connection.dialect === 'sqlite' ? sqlite : postgres
  const rows = await connection.query<{ key: string | null; count: number }>(text, [queue])
  const byKey = new Map<string, number>()
  let total = 0
  for (const { key, count } of rows) {
    if (key !== null) byKey.set(key, count)
    total += count
  }
  return { total, byKey }
}
