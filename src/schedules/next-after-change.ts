import { dueAt, type NextFire, nextFireOf } from './next-fire.ts'
import type { Schedule, ScheduleSpec } from './schedule.ts'

export const noNext: NextFire = { nextFireAt: null, nextDueAt: null }

/** Where it goes on: later than now, and than what it has fired by a clock that was set back since. */
export const nextFireFrom = (schedule: Schedule, now: number): NextFire =>
  nextFireOf(schedule, Math.max(now, schedule.lastFireAt ?? now))

/** What a change means for when it fires next. A new rule counts from now; any other change leaves the next time. */
export function nextAfterChange(
  schedule: Schedule,
  { spec, pausedAt }: { spec: ScheduleSpec; pausedAt: number | null },
  now: number,
): NextFire & Pick<Schedule, 'anchorAt'> {
  const anchorAt = isSameRule(schedule, spec) ? schedule.anchorAt : now
  const changed = { ...schedule, ...spec, anchorAt }
  if (pausedAt !== null) return { anchorAt, ...noNext }
  const stood = schedule.pausedAt !== null || schedule.removedAt !== null
  if (stood || !isSameRule(schedule, spec)) return { anchorAt, ...nextFireFrom(changed, now) }
  const { nextFireAt } = schedule
  return { anchorAt, nextFireAt, nextDueAt: nextFireAt === null ? null : dueAt(changed, nextFireAt) }
}

export const isSameRule = (a: ScheduleSpec, b: ScheduleSpec): boolean =>
  a.cron === b.cron && a.at === b.at && a.timezone === b.timezone && a.startAt === b.startAt && a.endAt === b.endAt
