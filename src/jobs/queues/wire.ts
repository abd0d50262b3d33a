import { t } from 'elysia'
import type { Listing } from '../../http/cursor.ts'
import { integer } from '../../http/integer.ts'
import { iso, isoOrNull } from '../../http/iso-time.ts'
import { oneOf } from '../../http/one-of.ts'
import type { Rate } from '../../queue/queue-settings.ts'
import { shownOrderKey } from '../keys.ts'
import { blockedKeyExample, pausedKeyExample, queueExample } from './examples.ts'
import type { PausedKey } from './pause-limit-key.ts'
import type { Queue } from './queue.ts'
import type { BlockedKey } from './sql/blocked-keys.ts'
import { countedStates } from './sql/count-jobs.ts'

const time = (description: string) => t.String({ format: 'date-time', description })
const limit = (description: string) => t.Nullable(integer({ description }))

const RateObject = t.Nullable(
  t.Object(
    { limit: integer(), period_seconds: t.Number() },
    { title: 'Rate', description: 'Starts of jobs in a time.' },
  ),
)

export const QueueObject = t.Object(
  {
    object: t.Literal('queue'),
    name: t.String(),
    paused: t.Boolean({ description: 'Nothing of it begins, on any process.' }),
    paused_at: t.Nullable(time('Since when.')),
    limits: t.Object(
      {
        concurrency: limit('Jobs at a time, over all processes.'),
        key_concurrency: limit('Jobs at a time of each limit key.'),
        rate: RateObject,
        key_rate: RateObject,
        depth: limit('Above so many unfinished jobs new ones are refused.'),
      },
      { title: 'QueueLimits', description: 'Null: none.' },
    ),
    counts: t.Object(
      { waiting: integer(), scheduled: integer(), available: integer(), running: integer(), discarded: integer() },
      { title: 'QueueCounts', description: 'Jobs of the caller’s tenant by state, unless it is in `capped`.' },
    ),
    capped: t.Array(oneOf([...countedStates]), {
      description:
        'States of which there may be more: available jobs are counted up to 100,000, of each other state the first 10,000 are looked at.',
    }),
    oldest_available_at: t.Nullable(time('When the available job that waits longest was due.')),
  },
  { title: 'Queue', description: 'A named lane of jobs.', examples: [queueExample] },
)

export const BlockedKeyObject = t.Object(
  {
    object: t.Literal('blocked_key'),
    order_key: t.String(),
    reason: oneOf(['discarded', 'retrying'], {
      description: 'Its first job has failed and lets nothing pass, or waits for its next attempt.',
    }),
    job_id: t.String({ description: 'The first job.' }),
    blocked_at: t.Nullable(time('When it was discarded.')),
    next_attempt_at: t.Nullable(time('When it is due again.')),
    error: t.Nullable(t.String({ description: 'Of its last attempt.' })),
    jobs_behind: integer({ description: 'How many wait for it, counted up to 10,000.' }),
  },
  { title: 'BlockedKey', description: 'An order key that waits for its first job.', examples: [blockedKeyExample] },
)

export const PausedKeyObject = t.Object(
  {
    object: t.Literal('paused_key'),
    queue: t.String(),
    key: t.String(),
    paused_until: time('Nothing of it begins before.'),
  },
  { title: 'PausedKey', description: 'A limit key that rests.', examples: [pausedKeyExample] },
)

const rateToWire = (rate: Rate | null) => rate && { limit: rate.limit, period_seconds: rate.periodMs / 1000 }

export const queueToWire = (queue: Queue) => ({
  object: 'queue' as const,
  name: queue.name,
  paused: queue.pausedAt !== null,
  paused_at: isoOrNull(queue.pausedAt),
  limits: {
    concurrency: queue.concurrency,
    key_concurrency: queue.keyConcurrency,
    rate: rateToWire(queue.rate),
    key_rate: rateToWire(queue.keyRate),
    depth: queue.depthLimit,
  },
  counts: queue.counts,
  capped: queue.capped,
  oldest_available_at: isoOrNull(queue.oldestAvailableAt),
})

export const blockedKeyToWire = (tenantId: string, blocked: BlockedKey) => ({
  object: 'blocked_key' as const,
  order_key: shownOrderKey(tenantId, blocked.orderKey),
  reason: blocked.reason,
  job_id: blocked.jobId,
  blocked_at: isoOrNull(blocked.blockedAt),
  next_attempt_at: isoOrNull(blocked.nextAttemptAt),
  error: blocked.errors.at(-1)?.message ?? null,
  jobs_behind: blocked.jobsBehind,
})

export const pausedKeyToWire = ({ queue, key, pausedUntil }: PausedKey) => ({
  object: 'paused_key' as const,
  queue,
  key,
  paused_until: iso(pausedUntil),
})

export const queueList: Listing<Queue> = { name: 'queues', position: queue => queue.name, pattern: /^[^\0]{1,255}$/ }
export const blockedKeyList: Listing<BlockedKey> = {
  name: 'blocked keys',
  position: blocked => blocked.orderKey,
  pattern: /^[^\0]{1,600}$/,
}
