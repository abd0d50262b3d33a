import type { Actor, AppContext } from '../../context.ts'
import { changeQueue, type QueueSettings, readQueue as readSettings } from '../../queue/queue-settings.ts'
import { queueTime } from '../../queue/time.ts'
import { wakeQueues } from '../wake-queues.ts'
import { checkQueueName, type Queue } from './queue.ts'
import { readQueue } from './read-queue.ts'

type Needs = Pick<AppContext, 'clock' | 'database' | 'fileJobs' | 'notifier' | 'workers'>

/** What is left out stays; null removes a limit. */
export type QueuePatch = Partial<Omit<QueueSettings, 'name' | 'pausedAt'>>

/** Sets limits of a queue, for every process from its next claim on. @throws AppError not_found */
export const limitQueue = (app: Needs, actor: Actor, name: string, patch: QueuePatch): Promise<Queue> =>
  set(app, actor, name, () => patch)

/** Nothing of the queue begins until it is resumed; what runs goes on. @throws AppError not_found */
export const pauseQueue = (app: Needs, actor: Actor, name: string): Promise<Queue> =>
  set(app, actor, name, ({ pausedAt }) => ({ pausedAt: pausedAt ?? app.clock.now() }))

/** @throws AppError not_found */
export const resumeQueue = (app: Needs, actor: Actor, name: string): Promise<Queue> =>
  set(app, actor, name, () => ({ pausedAt: null }))

async function set(
  app: Needs,
  actor: Actor,
  name: string,
  patch: (settings: QueueSettings) => Partial<QueueSettings>,
): Promise<Queue> {
  checkQueueName(name)
  await app.database.transaction(async tx =>
    changeQueue(tx, name, patch(await readSettings(tx, name)), queueTime(tx, app.clock)),
  )
  wakeQueues(app, [name])
  return readQueue(app, actor, name)
}
