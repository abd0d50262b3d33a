import { t } from 'elysia'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { iso, isoOrNull } from '../http/iso-time.ts'
import { oneOf } from '../http/one-of.ts'
import { RunStatusSchema } from '../runs/wire.ts'
import { fireExample, occurrenceExample, scheduleExample } from './examples.ts'
import type { PastOccurrence } from './list-occurrences.ts'
import type { PreviewedFire } from './preview-fires.ts'
import { type Schedule, statusOf } from './schedule.ts'

const time = (description: string) => t.String({ format: 'date-time', description })

export const catchUpSchema = oneOf(['skip', 'one', 'all'], {
  description: 'Of what was due while nobody was awake: nothing, the last, or all within the limits. Default `one`.',
})
export const overlapSchema = oneOf(['allow', 'skip', 'queue', 'cancel_previous'], {
  description:
    'While the run of an earlier occurrence is not final: start beside it, start none, start after it, or cancel it. Default `skip`.',
})

export const ScheduleObject = t.Object(
  {
    id: t.String(),
    object: t.Literal('schedule'),
    name: t.Nullable(t.String({ description: 'For people; of one from an agent file, its name there.' })),
    source: oneOf(['file', 'api'], { description: 'Only schedules made over the API can be changed over it.' }),
    status: oneOf(['active', 'paused', 'ended', 'removed'], {
      description: '`ended`: it will not fire again; `removed`: its agent file no longer has it.',
    }),
    agent: t.String({ description: 'Name of the agent.' }),
    input: t.Any({ description: 'As it was sent.' }),
    thread_id: t.Nullable(t.String()),
    metadata: t.Any({ description: 'As it was sent.' }),
    cron: t.Nullable(t.String()),
    at: t.Nullable(time('The one time to fire.')),
    timezone: t.String(),
    start_at: t.Nullable(time('It does not fire before.')),
    end_at: t.Nullable(time('From then on it fires no more.')),
    jitter_seconds: integer(),
    catch_up: catchUpSchema,
    catch_up_limit: integer(),
    catch_up_max_age_seconds: t.Nullable(integer()),
    overlap: overlapSchema,
    max_attempts: integer(),
    timeout_seconds: t.Nullable(integer()),
    next_fire_at: t.Nullable(time('The next time of the rule; null unless active.')),
    last_fire_at: t.Nullable(time('The last time of the rule that was dealt with.')),
    created_at: time('When it was stored.'),
    updated_at: time('When somebody last changed it.'),
  },
  { title: 'Schedule', description: 'A rule, and what it runs.', examples: [scheduleExample] },
)

export const OccurrenceObject = t.Object(
  {
    schedule_id: t.String(),
    object: t.Literal('occurrence'),
    fire_at: time('The time of the rule, or when it was triggered.'),
    origin: oneOf(['rule', 'trigger'], {
      description: 'Whether the rule came to this time, or somebody triggered it.',
    }),
    outcome: oneOf(['fired', 'skipped', 'missed', 'failed'], {
      description:
        '`skipped`: an earlier run was not final; `missed`: nobody was awake, and it is not made up for; `failed`: no run could be made.',
    }),
    detail: t.Nullable(t.String({ description: 'Why it has no run.' })),
    run_id: t.Nullable(t.String()),
    run_status: t.Nullable(RunStatusSchema),
    created_at: time('When that was decided.'),
  },
  { title: 'Occurrence', description: 'One time of a schedule, and its run.', examples: [occurrenceExample] },
)

export const PreviewObject = t.Object(
  {
    object: t.Literal('list'),
    data: t.Array(
      t.Object(
        {
          fire_at: time('The time of the rule.'),
          due_at: t.Nullable(time('With its jitter; null for a rule that is not kept.')),
          local_time: t.String({ description: 'What the clock of the time zone shows.' }),
        },
        { title: 'Fire', description: 'A time to come.', examples: [fireExample] },
      ),
    ),
  },
  { title: 'Preview', description: 'The next times of a rule.', examples: [{ object: 'list', data: [fireExample] }] },
)

export const scheduleList: Listing<Schedule> = {
  name: 'schedules',
  position: schedule => schedule.id,
  pattern: /^sch_[0-9a-f]{32}$/,
}

export const occurrenceList: Listing<PastOccurrence> = {
  name: 'occurrences',
  position: occurrence => String(occurrence.fireAt),
  pattern: /^\d{1,15}$/,
}

export const scheduleToWire = (schedule: Schedule) => ({
  id: schedule.id,
  object: 'schedule' as const,
  name: schedule.name,
  source: schedule.source,
  status: statusOf(schedule),
  agent: schedule.agent,
  input: schedule.input,
  thread_id: schedule.threadId,
  metadata: schedule.metadata,
  cron: schedule.cron,
  at: isoOrNull(schedule.at),
  timezone: schedule.timezone,
  start_at: isoOrNull(schedule.startAt),
  end_at: isoOrNull(schedule.endAt),
  jitter_seconds: schedule.jitterSeconds,
  catch_up: schedule.catchUp,
  catch_up_limit: schedule.catchUpLimit,
  catch_up_max_age_seconds: schedule.catchUpMaxAgeSeconds,
  overlap: schedule.overlap,
  max_attempts: schedule.maxAttempts,
  timeout_seconds: schedule.timeoutSeconds,
  next_fire_at: isoOrNull(schedule.nextFireAt),
  last_fire_at: isoOrNull(schedule.lastFireAt),
  created_at: iso(schedule.createdAt),
  updated_at: iso(schedule.updatedAt),
})

export const occurrenceToWire = (occurrence: PastOccurrence) => ({
  schedule_id: occurrence.scheduleId,
  object: 'occurrence' as const,
  fire_at: iso(occurrence.fireAt),
  origin: occurrence.origin,
  outcome: occurrence.outcome,
  detail: occurrence.detail,
  run_id: occurrence.runId,
  run_status: occurrence.run?.status ?? null,
  created_at: iso(occurrence.createdAt),
})

export const previewToWire = (fires: PreviewedFire[]) => ({
  object: 'list' as const,
  data: fires.map(fire => ({
    fire_at: iso(fire.fireAt),
    due_at: isoOrNull(fire.dueAt),
    local_time: fire.localTime,
  })),
})
