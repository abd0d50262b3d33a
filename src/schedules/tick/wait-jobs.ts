import type { AppContext } from '../../context.ts'
import { queueTime } from '../../queue/time.ts'
import { runJob } from '../../runs/run.ts'
import { soon } from './soon.ts'

type Needs = Pick<AppContext, 'clock' | 'database' | 'workers'>

const everyMs = 100

// One branch for each partial index.
const due = (queues: string, now: string) => `
with mine as (select queue from (${queues}) given where queue not in (select name from queues where paused_at is not null))
select exists (select 1 from jobs where state = 'available' and queue in (select queue from mine))
    or exists (select 1 from jobs where state = 'running' and queue in (select queue from mine))
    or exists (select 1 from jobs where state = 'scheduled' and queue in (select queue from mine) and run_at <= ${now}) due`
const sqlite = due('select value queue from json_each(?1)', '?2')
const postgres = due('select json_array_elements_text($1::json) queue', 'coalesce($2::timestamptz, clock_timestamp())')

/** Resolves when nothing is due or under way on the queues of jobs that this process works on, or when `signal` aborts. */
export async function waitJobs(app: Needs, signal: AbortSignal): Promise<void> {
  const queues = JSON.stringify([...app.workers.keys()].filter(queue => queue !== runJob.queue))
  if (queues === '[]') return
  while (!signal.aborted && (await anyDue(app, queues))) await soon(signal, everyMs)
}

async function anyDue({ database, clock }: Needs, queues: string): Promise<boolean> {
  const [row] = await database.query<{ due: boolean | number }>(database.dialect === 'sqlite' ? sqlite : postgres, [
    queues,
    queueTime(database, clock),
  ])
  return Boolean(row?.due)
}
