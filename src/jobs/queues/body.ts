import { type Static, t } from 'elysia'
import { integer } from '../../http/integer.ts'
import { nameText } from '../../http/params.ts'
import type { Rate } from '../../queue/queue-settings.ts'
import type { QueuePatch } from './set-queue.ts'

const closed = { additionalProperties: false }
const most = 1_000_000
const daySeconds = 86_400

const limit = (description: string) => t.Optional(t.Nullable(integer({ minimum: 1, maximum: most, description })))

const RateBody = t.Object(
  {
    limit: integer({ minimum: 1, maximum: most, description: 'So many starts; also how many at once after a rest.' }),
    period_seconds: t.Number({ minimum: 0.001, maximum: daySeconds, description: 'In so many seconds.' }),
  },
  {
    ...closed,
    title: 'NewRate',
    description: 'Starts of jobs in a time.',
    examples: [{ limit: 100, period_seconds: 60 }],
  },
)
const rate = t.Optional(t.Nullable(RateBody))

export const QueuePatchBody = t.Object(
  {
    concurrency: limit('Jobs at a time, over all processes.'),
    key_concurrency: limit('Jobs at a time of each limit key.'),
    rate,
    key_rate: rate,
    depth: limit('Above so many unfinished jobs new ones are refused with 429.'),
  },
  {
    ...closed,
    minProperties: 1,
    title: 'QueueChange',
    description: 'What is left out stays; null removes a limit.',
    examples: [{ concurrency: 20, key_concurrency: 2, rate: { limit: 100, period_seconds: 60 } }],
  },
)

export const PauseKeyBody = t.Object(
  {
    key: nameText({ minLength: 1, maxLength: 255, description: 'The limit key of the jobs.' }),
    seconds: t.Number({ minimum: 0.001, maximum: 7 * daySeconds, description: 'For how long from now.' }),
  },
  {
    ...closed,
    title: 'NewKeyPause',
    description: 'What is to rest, and how long.',
    examples: [{ key: 'example.com', seconds: 600 }],
  },
)

const toRate = (body: Static<typeof RateBody> | null): Rate | null =>
  body && { limit: body.limit, periodMs: Math.ceil(body.period_seconds * 1000) }

/** The request's words as the verb's. */
export const queuePatch = (body: Static<typeof QueuePatchBody>): QueuePatch => ({
  ...(body.concurrency !== undefined && { concurrency: body.concurrency }),
  ...(body.key_concurrency !== undefined && { keyConcurrency: body.key_concurrency }),
  ...(body.rate !== undefined && { rate: toRate(body.rate) }),
  ...(body.key_rate !== undefined && { keyRate: toRate(body.key_rate) }),
  ...(body.depth !== undefined && { depthLimit: body.depth }),
})
