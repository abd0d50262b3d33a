import type { HttpContext } from '../../context.ts'
import { runJob } from '../../runs/run.ts'
import { type FireContext, fireDue } from '../fire-due.ts'
import type { OccurrenceOutcome } from '../occurrence.ts'
import { readDueRuns } from './due-runs.ts'
import { type NextAwake, readNextAwake } from './next-awake.ts'
import { waitJobs } from './wait-jobs.ts'
import { waitRuns } from './wait-runs.ts'

type Needs = FireContext & Pick<HttpContext, 'closing' | 'workers'>

/** More runs are worked on, but not waited for. */
const waitedForAtMost = 1_000

export interface Tick {
  occurrences: Record<OccurrenceOutcome, number>
  /** How the runs that were waited for stand. */
  runs: { completed: number; failed: number; cancelled: number; unfinished: number }
  next: NextAwake
}

/**
 * Fires what is due, and waits until its runs, and all others that are due or under way, are final, and jobs of files with
 * them, or `signal` aborts. For a timer that wakes a process which may be frozen as soon as it has answered.
 */
export async function tick(app: Needs, signal: AbortSignal): Promise<Tick> {
  const occurrences: Tick['occurrences'] = { fired: 0, skipped: 0, missed: 0, failed: 0 }
  const ids = new Set<string>()
  for (let more = true; more; ) {
    const fired = await fireDue(app)
    more = fired.more
    for (const { outcome, runId } of fired.occurrences) {
      occurrences[outcome]++
      if (runId !== null) ids.add(runId)
    }
  }
  // Whatever became due while the process slept, of any queue.
  for (const worker of app.workers.values()) worker.wake()
  app.notifier.publish('queue', runJob.queue)
  for (const id of await readDueRuns(app, waitedForAtMost)) ids.add(id)
  const patience = AbortSignal.any([signal, app.closing])
  const statuses = await waitRuns(app, [...ids].slice(0, waitedForAtMost), patience)
  await waitJobs(app, patience)
  const count = (status: string) => statuses.filter(each => each === status).length
  const [completed, failed, cancelled] = [count('completed'), count('failed'), count('cancelled')]
  return {
    occurrences,
    runs: { completed, failed, cancelled, unfinished: statuses.length - completed - failed - cancelled },
    next: await readNextAwake(app),
  }
}
