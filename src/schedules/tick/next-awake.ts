import type { AppContext } from '../../context.ts'
import type { Connection } from '../../db/database.ts'
import { queueTime } from '../../queue/time.ts'

/** When a process has to be awake next. */
export interface NextAwake {
  /** Milliseconds since 1970; null where nothing is to come. */
  awakeAt: number | null
  /** Milliseconds from now; 0 where there is work. */
  inMs: number | null
  /** `work`: jobs run, or wait to; `job`: a delayed one becomes due; `schedule`: one fires. */
  reason: 'work' | 'job' | 'schedule' | null
}

const sqlite = `
select ?1 now_ms,
       exists (select 1 from jobs where state = 'available' and queue not in (select name from queues where paused_at is not null))
         or exists (select 1 from jobs where state = 'running') busy,
       (select min(run_at) from jobs where state = 'scheduled') job_at,
       (select min(next_due_at) from schedules where next_due_at is not null) schedule_at`

const ms = (expression: string) => `floor(extract(epoch from ${expression}) * 1000)::float8`
const postgres = `
select ${ms('coalesce($1::timestamptz, clock_timestamp())')} now_ms,
       exists (select 1 from jobs where state = 'available' and queue not in (select name from queues where paused_at is not null))
         or exists (select 1 from jobs where state = 'running') busy,
       ${ms(`(select min(run_at) from jobs where state = 'scheduled')`)} job_at,
       ${ms('(select min(next_due_at) from schedules where next_due_at is not null)')} schedule_at`

interface Row {
  now_ms: number
  busy: boolean | number
  job_at: number | null
  schedule_at: number | null
}

export async function readNextAwake({ database, clock }: Pick<AppContext, 'database' | 'clock'>): Promise<NextAwake> {
  const row = await read(database, queueTime(database, clock))
  if (!row) return { awakeAt: null, inMs: null, reason: null }
  const { now_ms: now, busy, job_at: job, schedule_at: schedule } = row
  const at = (awakeAt: number, reason: NextAwake['reason']): NextAwake => ({
    awakeAt,
    inMs: Math.max(0, awakeAt - now),
    reason,
  })
  if (busy) return at(now, 'work')
  if (job !== null && (schedule === null || job <= schedule)) return at(job, 'job')
  return schedule === null ? { awakeAt: null, inMs: null, reason: null } : at(schedule, 'schedule')
}

async function read({ dialect, query }: Pick<Connection, 'dialect' | 'query'>, now: number | null) {
  const [row] = await query<Row>(dialect === 'sqlite' ? sqlite : postgres, [now])
  return row
}
