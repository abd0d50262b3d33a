import type { Actor, AppContext } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { readQueues, unlimitedQueue } from '../../queue/queue-settings.ts'
import { hasAny } from './list-queues.ts'
import { checkQueueName, ownQueues, type Queue } from './queue.ts'
import { countJobs, noJobs } from './sql/count-jobs.ts'

/** @throws AppError not_found where nothing is set of it, and it has no jobs of the tenant but completed or cancelled ones */
export async function readQueue(
  app: Pick<AppContext, 'database' | 'fileJobs' | 'workers'>,
  { tenantId }: Actor,
  name: string,
): Promise<Queue> {
  checkQueueName(name)
  const [settings] = await readQueues(app.database, [name])
  const jobs = (await countJobs(app.database, [name], tenantId)).get(name) ?? noJobs
  if (!settings && !ownQueues(app).has(name) && !hasAny(jobs)) throw notFound('queue', name)
  return { ...(settings ?? unlimitedQueue(name)), ...jobs }
}
