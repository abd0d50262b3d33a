import type { Actor } from '../context.ts'
import { changeSchedule, refuseFromFile } from './change-schedule.ts'
import { checkSpec } from './check-spec.ts'
import { firstFireOf, type ScheduleContext } from './create-schedule.ts'
import { isSameRule, nextAfterChange } from './next-after-change.ts'
import { readSchedule } from './read-schedule.ts'
import type { Schedule } from './schedule.ts'
import { type ScheduleFields, toSpec } from './spec.ts'

/**
 * Changes what is given. A new rule counts from now on; any other change leaves the next time as it is.
 * @throws AppError not_found, conflict, invalid_request
 */
export async function updateSchedule(
  app: ScheduleContext,
  actor: Actor,
  id: string,
  { enabled, ...fields }: ScheduleFields & { enabled?: boolean | undefined },
): Promise<Schedule> {
  const before = await readSchedule(app, actor, id)
  refuseFromFile(before)
  await checkSpec(app, actor, toSpec(fields, before))
  return changeSchedule(app, actor, { id, action: 'schedule.changed' }, (schedule, now) => {
    const spec = toSpec(fields, schedule)
    if (!isSameRule(schedule, spec)) firstFireOf({ ...schedule, ...spec, anchorAt: now }, now)
    const pausedAt = enabled === undefined ? schedule.pausedAt : enabled ? null : (schedule.pausedAt ?? now)
    return { ...spec, ...nextAfterChange(schedule, { spec, pausedAt }, now), pausedAt }
  })
}
