import { t } from 'elysia'
import { integer } from '../../http/integer.ts'
import { oneOf } from '../../http/one-of.ts'
import type { NextAwake } from './next-awake.ts'
import type { Tick } from './tick.ts'

const nextExample = {
  object: 'scheduler_next',
  awake_at: '2026-11-24T08:00:00.000Z',
  in_seconds: 30_123.5,
  reason: 'schedule',
}

export const NextObject = t.Object(
  {
    object: t.Literal('scheduler_next'),
    awake_at: t.Nullable(t.String({ format: 'date-time', description: 'Null where nothing is to come.' })),
    in_seconds: t.Nullable(t.Number({ description: '0 where there is work now.' })),
    reason: t.Nullable(
      oneOf(['work', 'job', 'schedule'], {
        description: '`work`: something runs or waits to; `job`: a delayed run or retry; `schedule`: one fires.',
      }),
    ),
  },
  { title: 'SchedulerNext', description: 'When a process has to be awake next.', examples: [nextExample] },
)

const tickExample = {
  object: 'scheduler_tick',
  fired: 2,
  skipped: 0,
  missed: 1,
  failed: 0,
  runs: { completed: 2, failed: 0, cancelled: 0, unfinished: 0 },
  next: nextExample,
}

export const TickObject = t.Object(
  {
    object: t.Literal('scheduler_tick'),
    fired: integer({ description: 'Occurrences that got a run.' }),
    skipped: integer({ description: 'Occurrences whose schedule had an unfinished run.' }),
    missed: integer({ description: 'Occurrences that are not made up for.' }),
    failed: integer({ description: 'Occurrences that no run could be made for.' }),
    runs: t.Object(
      {
        completed: integer(),
        failed: integer(),
        cancelled: integer(),
        unfinished: integer({ description: 'Still under way when the time was up.' }),
      },
      { description: 'Runs that were waited for: those that were started, and whatever else was due or under way.' },
    ),
    next: NextObject,
  },
  { title: 'SchedulerTick', description: 'What a tick did.', examples: [tickExample] },
)

export const nextToWire = ({ awakeAt, inMs, reason }: NextAwake) => ({
  object: 'scheduler_next' as const,
  awake_at: awakeAt === null ? null : new Date(awakeAt).toISOString(),
  in_seconds: inMs === null ? null : inMs / 1000,
  reason,
})

export const tickToWire = ({ occurrences, runs, next }: Tick) => ({
  object: 'scheduler_tick' as const,
  ...occurrences,
  runs,
  next: nextToWire(next),
})
