import type { AuditAction } from '../../audit/action.ts'
import { audit } from '../../audit/audit.ts'
import type { Actor, AppContext } from '../../context.ts'
import type { Json } from '../../json.ts'
import { changeQueue, type QueueSettings, readQueue as readSettings } from '../../queue/queue-settings.ts'
import { queueTime } from '../../queue/time.ts'
import { wakeQueues } from '../wake-queues.ts'
import { checkQueueName, type Queue } from './queue.ts'
import { readQueue } from './read-queue.ts'

type Needs = Pick<AppContext, 'clock' | 'database' | 'emit' | 'fileJobs' | 'notifier' | 'workers'>

/** What is left out stays; null removes a limit. */
export type QueuePatch = Partial<Omit<QueueSettings, 'name' | 'pausedAt'>>

/** Sets limits of a queue, for every process from its next claim on. @throws AppError not_found */
export const limitQueue = (app: Needs, actor: Actor, name: string, patch: QueuePatch): Promise<Queue> =>
  set(app, actor, { name, action: 'queue.changed' }, () => patch)

/** Nothing of the queue begins until it is resumed; what runs goes on. @throws AppError not_found */
export const pauseQueue = (app: Needs, actor: Actor, name: string): Promise<Queue> =>
  set(app, actor, { name, action: 'queue.paused' }, ({ pausedAt }) => ({ pausedAt: pausedAt ?? app.clock.now() }))

/** @throws AppError not_found */
export const resumeQueue = (app: Needs, actor: Actor, name: string): Promise<Queue> =>
  set(app, actor, { name, action: 'queue.resumed' }, () => ({ pausedAt: null }))

async function set(
  app: Needs,
  actor: Actor,
  { name, action }: { name: string; action: AuditAction },
  patch: (settings: QueueSettings) => Partial<QueueSettings>,
): Promise<Queue> {
  checkQueueName(name)
  await app.database.transaction(async tx => {
    const changes = patch(await readSettings(tx, name))
    await changeQueue(tx, name, changes, queueTime(tx, app.clock))
    const details = Object.fromEntries(Object.entries(changes).map(([field, value]) => [field, plain(value)]))
    await audit(tx, actor, { action, target: { type: 'queue', id: name }, details }, app.clock.now())
  })
  app.emit('audit.recorded', { action })
  wakeQueues(app, [name])
  return readQueue(app, actor, name)
}

/** A setting as the audit log keeps it. */
const plain = (value: QueueSettings[keyof QueueSettings] | undefined): Json =>
  value !== null && typeof value === 'object' ? { limit: value.limit, period_ms: value.periodMs } : (value ?? null)
