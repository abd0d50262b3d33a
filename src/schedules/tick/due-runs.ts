import type { AppContext } from '../../context.ts'
import { queueTime } from '../../queue/time.ts'
import { payloadRunId, runJob } from '../../runs/run.ts'

const sqlite = `
select payload from jobs
where kind = '${runJob.kind}' and (state in ('available', 'running') or (state = 'scheduled' and run_at <= ?1)) limit ?2`
const postgres = `
select payload from jobs
where kind = '${runJob.kind}' and (state in ('available', 'running')
  or (state = 'scheduled' and run_at <= coalesce($1::timestamptz, clock_timestamp()))) limit $2`

/** Runs that are to be worked on now, or are: ids, at most `limit`. */
export async function readDueRuns(
  { database, clock }: Pick<AppContext, 'database' | 'clock'>,
  limit: number,
): Promise<string[]> {
  const { dialect } = database
  const rows = await database.query<{ payload: string }>(dialect === 'sqlite' ? sqlite : postgres, [
    queueTime(database, clock),
    limit,
  ])
  return rows.map(row => payloadRunId(JSON.parse(row.payload))).filter(id => id !== '')
}
