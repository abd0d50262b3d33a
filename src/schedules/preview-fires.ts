import { dueAt } from './next-fire.ts'
import { localTime } from './rule/local-time.ts'
import { nextFire, type Rule } from './rule/rule.ts'
import type { Schedule } from './schedule.ts'

export interface PreviewedFire {
  fireAt: number
  /** Null where the schedule is not known that its jitter follows from. */
  dueAt: number | null
  /** As the zone's wall clock shows it. */
  localTime: string
}

/** The next times of a rule after an instant, at most `count`. */
export function previewFires(
  rule: Rule,
  { after, count, schedule }: { after: number; count: number; schedule?: Schedule },
): PreviewedFire[] {
  const fires: PreviewedFire[] = []
  for (let fireAt = nextFire(rule, after); fireAt !== null && fires.length < count; fireAt = nextFire(rule, fireAt)) {
    fires.push({
      fireAt,
      dueAt: schedule ? dueAt(schedule, fireAt) : null,
      localTime: localTime(fireAt, rule.timezone),
    })
  }
  return fires
}
