import { and, eq } from 'drizzle-orm'
import { audit } from '../../audit/audit.ts'
import type { Actor, AppContext } from '../../context.ts'
import { pauseKey } from '../../queue/sql/pause-key.ts'
import { queueTime } from '../../queue/time.ts'
import { storedLimitKey } from '../keys.ts'
import { wakeQueues } from '../wake-queues.ts'
import { checkQueueName } from './queue.ts'

export interface PausedKey {
  queue: string
  key: string
  /** Milliseconds since 1970. */
  pausedUntil: number
}

/** Nothing of a limit key begins for so long, on any process. Never shortens an earlier pause. @throws AppError not_found */
export async function pauseLimitKey(
  app: Pick<AppContext, 'clock' | 'database' | 'emit' | 'notifier' | 'workers'>,
  actor: Actor,
  queue: string,
  { key, seconds }: { key: string; seconds: number },
): Promise<PausedKey> {
  checkQueueName(queue)
  const stored = storedLimitKey(actor.tenantId, key)
  const pausedUntil = await app.database.transaction(async tx => {
    await pauseKey(tx, { queue, key: stored, forMs: seconds * 1000 }, queueTime(tx, app.clock))
    const { rateBuckets: buckets } = tx.tables
    const [row] = await tx.orm
      .select({ pausedUntil: buckets.pausedUntil })
      .from(buckets)
      .where(and(eq(buckets.queue, queue), eq(buckets.key, stored)))
    const details = { key, seconds }
    await audit(
      tx,
      actor,
      { action: 'queue.key_paused', target: { type: 'queue', id: queue }, details },
      app.clock.now(),
    )
    return row?.pausedUntil ?? 0
  })
  app.emit('audit.recorded', { action: 'queue.key_paused' })
  wakeQueues(app, [queue])
  return { queue, key, pausedUntil }
}
