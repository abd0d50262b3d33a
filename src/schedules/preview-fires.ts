import type { Actor, AppContext } from '../context.ts'
import { explainRule } from './check-spec.ts'
import { dueAt } from './next-fire.ts'
import { readSchedule } from './read-schedule.ts'
import { localTime } from './rule/local-time.ts'
import { checkRule, nextFire, type Rule } from './rule/rule.ts'
import { readTime, type ScheduleFields, toSpec } from './spec.ts'

export interface PreviewedFire {
  fireAt: number
  /** Null where no schedule is known for the jitter to follow from. */
  dueAt: number | null
  /** As the zone's wall clock shows it. */
  localTime: string
}

type Needs = Pick<AppContext, 'clock' | 'database'>

/** The next times of a schedule, at most `count`. @throws AppError not_found */
export async function previewSchedule(app: Needs, actor: Actor, id: string, count: number): Promise<PreviewedFire[]> {
  const schedule = await readSchedule(app, actor, id)
  return fires(schedule, { after: app.clock.now(), count }, fireAt => dueAt(schedule, fireAt))
}

/** The next times of a rule that nobody keeps, at most `count`. @throws AppError invalid_request */
export function previewRule(
  { clock }: Pick<Needs, 'clock'>,
  { after, ...fields }: ScheduleFields & { after?: string | null | undefined },
  count: number,
): PreviewedFire[] {
  const now = clock.now()
  const rule: Rule = { ...toSpec(fields), anchorAt: now }
  explainRule(rule, () => checkRule(rule))
  const from = typeof after === 'string' ? readTime('/after', after, rule.timezone) : now
  return fires(rule, { after: from, count }, () => null)
}

function fires(
  rule: Rule,
  { after, count }: { after: number; count: number },
  due: (fireAt: number) => number | null,
): PreviewedFire[] {
  const found: PreviewedFire[] = []
  for (let fireAt = nextFire(rule, after); fireAt !== null && found.length < count; fireAt = nextFire(rule, fireAt)) {
    found.push({ fireAt, dueAt: due(fireAt), localTime: localTime(fireAt, rule.timezone) })
  }
  return found
}
