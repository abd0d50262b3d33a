import type { AppContext } from '../../context.ts'
import { notFound } from '../../errors.ts'
import type { QueueSettings } from '../../queue/queue-settings.ts'
import { runJob } from '../../runs/run.ts'
import type { JobCounts } from './sql/count-jobs.ts'

/** A queue as a tenant sees it: what is set of it, for everybody, and how many of the tenant's jobs it has. */
export interface Queue extends QueueSettings, JobCounts {}

/** Queues that are there whether or not they have jobs: of runs, and those that job files name. */
export const ownQueues = ({ fileJobs, workers }: Pick<AppContext, 'fileJobs' | 'workers'>): Set<string> =>
  new Set([runJob.queue, ...workers.keys(), ...[...fileJobs.values()].map(job => job.queue)])

const maxLength = 255

/** A queue begins to be when somebody sets something of it, or gives it a job. @throws AppError not_found for no name of one */
export function checkQueueName(name: string): void {
  if (name.length > maxLength) throw notFound('queue', name.slice(0, maxLength))
}
