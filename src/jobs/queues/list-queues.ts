import type { Actor, AppContext } from '../../context.ts'
import { readQueues, unlimitedQueue } from '../../queue/queue-settings.ts'
import { ownQueues, type Queue } from './queue.ts'
import { countJobs, type JobCounts, noJobs } from './sql/count-jobs.ts'
import { queueNames } from './sql/queue-names.ts'

export interface FoundQueues {
  queues: Queue[]
  /** Name of the last queue that was looked at; null where there is no more. */
  lookedTo: string | null
}

/** Queues of which something is set, that this process knows, or that have jobs of the tenant. By their names. */
export async function listQueues(
  app: Pick<AppContext, 'database' | 'fileJobs' | 'workers'>,
  { tenantId }: Actor,
  { after = '', limit }: { after?: string | undefined; limit: number },
): Promise<FoundQueues> {
  const { database } = app
  const own = ownQueues(app)
  const found = await queueNames(database, after, limit + 1)
  const names = [...new Set([...found, ...[...own].filter(name => name > after)])].sort(byName)
  const looked = names.slice(0, limit)
  const settings = new Map((await readQueues(database, looked)).map(set => [set.name, set]))
  const counted = await countJobs(database, looked, tenantId)
  const queues: Queue[] = []
  for (const name of looked) {
    const jobs = counted.get(name) ?? noJobs
    const set = settings.get(name)
    if (set || own.has(name) || hasAny(jobs)) queues.push({ ...(set ?? unlimitedQueue(name)), ...jobs })
  }
  return { queues, lookedTo: names.length > limit ? (looked.at(-1) ?? null) : null }
}

export const hasAny = ({ counts }: JobCounts): boolean => Object.values(counts).some(count => count > 0)

const byName = (a: string, b: string): number => (a < b ? -1 : 1)
