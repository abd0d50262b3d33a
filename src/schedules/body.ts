import { type Static, t } from 'elysia'
import { integer } from '../http/integer.ts'
import { MessageBody } from '../runs/wire.ts'
import type { ScheduleFields } from './spec.ts'
import { catchUpSchema, overlapSchema } from './wire.ts'

const closed = { additionalProperties: false }
const writtenTime = (description: string) =>
  t.Optional(
    t.Nullable(
      t.String({ maxLength: 40, description: `${description} Without an offset: on the clock of \`timezone\`.` }),
    ),
  )

const rule = {
  cron: t.Optional(
    t.Nullable(
      t.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Five fields, six with seconds first, `@daily` and the like, or `@every 90s`. Either this or `at`.',
        examples: ['0 9 * * 1-5'],
      }),
    ),
  ),
  at: writtenTime('The one time to fire.'),
  timezone: t.Optional(
    t.Nullable(
      t.String({
        minLength: 1,
        maxLength: 64,
        description: 'Of the tz database; default UTC.',
        examples: ['Europe/Berlin'],
      }),
    ),
  ),
  start_at: writtenTime('It does not fire before.'),
  end_at: writtenTime('From then on it fires no more.'),
}

const yearSeconds = 31_536_000

const settings = {
  name: t.Optional(t.Nullable(t.String({ maxLength: 200, description: 'For people.' }))),
  thread_id: t.Optional(t.Nullable(t.String({ description: 'The conversation its runs are on.' }))),
  metadata: t.Optional(
    t.Nullable(
      t.Record(t.String({ maxLength: 64 }), t.Any(), {
        description: 'Of its runs, which also get `schedule_id` and `fire_at`.',
      }),
    ),
  ),
  ...rule,
  jitter_seconds: t.Optional(
    t.Nullable(
      integer({
        minimum: 0,
        maximum: 86_400,
        description: 'Puts each occurrence off by up to that, never past the next one; always by the same.',
      }),
    ),
  ),
  catch_up: t.Optional(t.Nullable(catchUpSchema)),
  catch_up_limit: t.Optional(
    t.Nullable(
      integer({ minimum: 1, maximum: 1_000, description: 'Of `all`: how many at most, the latest. Default 100.' }),
    ),
  ),
  catch_up_max_age_seconds: t.Optional(
    t.Nullable(integer({ minimum: 0, maximum: yearSeconds, description: 'Of `one` and `all`: how late at most.' })),
  ),
  overlap: t.Optional(t.Nullable(overlapSchema)),
  max_attempts: t.Optional(t.Nullable(integer({ minimum: 1, maximum: 100, description: 'Of each run. Default 5.' }))),
  timeout_seconds: t.Optional(
    t.Nullable(integer({ minimum: 1, maximum: 604_800, description: 'Of each run, counted from its first start.' })),
  ),
  enabled: t.Optional(t.Boolean({ description: 'False: it is paused.' })),
}

const agent = t.String({ minLength: 1, maxLength: 64, description: 'Name of the agent.', examples: ['echo'] })
const input = t.Union([t.String({ minLength: 1 }), t.Array(MessageBody, { minItems: 1 })], {
  description: 'What each run is to answer: a text, or messages.',
  examples: ['What is new?'],
})

const bodyExample = {
  agent: 'echo',
  input: 'What is new?',
  cron: '0 9 * * 1-5',
  timezone: 'Europe/Berlin',
  overlap: 'skip',
  catch_up: 'one',
}

export const ScheduleBody = t.Object(
  { agent, input, ...settings },
  { ...closed, title: 'NewSchedule', description: 'When to run what.', examples: [bodyExample] },
)

export const SchedulePatch = t.Object(
  { agent: t.Optional(agent), input: t.Optional(input), ...settings },
  {
    ...closed,
    minProperties: 1,
    title: 'ScheduleChange',
    description: 'What is left out stays; null is the default.',
    examples: [{ cron: '0 8 * * 1-5' }],
  },
)

export const PreviewBody = t.Object(
  {
    ...rule,
    count: t.Optional(integer({ minimum: 1, maximum: 500, description: 'How many; default 10.' })),
    after: writtenTime('From when on; default: now.'),
  },
  {
    ...closed,
    title: 'NewPreview',
    description: 'A rule that need not be kept.',
    examples: [{ cron: '30 2 * * *', timezone: 'Europe/Berlin', after: '2026-03-28T00:00:00', count: 2 }],
  },
)

type Body = Partial<Static<typeof ScheduleBody>>

/** The request's words as the verbs'. */
export const scheduleFields = (body: Body): ScheduleFields => ({
  name: body.name,
  agent: body.agent,
  input: body.input,
  threadId: body.thread_id,
  metadata: body.metadata,
  maxAttempts: body.max_attempts,
  timeoutSeconds: body.timeout_seconds,
  cron: body.cron,
  at: body.at,
  timezone: body.timezone,
  startAt: body.start_at,
  endAt: body.end_at,
  jitterSeconds: body.jitter_seconds,
  catchUp: body.catch_up,
  catchUpLimit: body.catch_up_limit,
  catchUpMaxAgeSeconds: body.catch_up_max_age_seconds,
  overlap: body.overlap,
})
