import { cronTimes } from './cron.ts'
import { intervalTimes, isInterval, parseInterval } from './interval.ts'
import { RuleError, type Times } from './times.ts'
import { wholeSecond } from './whole-second.ts'
import { isZone } from './zone.ts'

/** When a schedule fires. Times are milliseconds since 1970, and whole seconds. */
export interface Rule {
  /** Five or six fields, a nickname, or `@every …`. Null where `at` is given. */
  cron: string | null
  /** The one time it fires. */
  at: number | null
  /** Of the tz database: whose clock `cron` means. */
  timezone: string
  /** It does not fire before. */
  startAt: number | null
  /** It fires no more from then on. */
  endAt: number | null
  /** What `@every` counts from where it has no start. */
  anchorAt: number
}

/** @throws RuleError */
export function checkRule(rule: Rule): void {
  if (!isZone(rule.timezone)) throw new RuleError(`The tz database has no zone ${rule.timezone}.`, 'timezone')
  if ((rule.cron === null) === (rule.at === null)) throw new RuleError('Give either cron or at.')
  timesOf(rule)
}

/** The first time after an instant; null where there is none. @throws RuleError */
export function nextFire(rule: Rule, after: number): number | null {
  const { startAt, endAt } = rule
  const next = timesOf(rule).next(startAt === null ? after : Math.max(after, startAt - 1))
  return next === null || (endAt !== null && next >= endAt) ? null : next
}

/** The latest times in (`after`, `until`], at most `limit`, in order. @throws RuleError */
export function latestFires(rule: Rule, { after, until, limit }: { after: number; until: number; limit: number }) {
  const { startAt, endAt } = rule
  const from = startAt === null ? after : Math.max(after, startAt - 1)
  const fires: number[] = []
  for (const time of timesOf(rule).upTo(endAt === null ? until : Math.min(until, endAt - 1))) {
    if (time <= from || fires.length === limit) break
    fires.push(time)
  }
  return fires.reverse()
}

function timesOf({ cron, at, timezone, startAt, anchorAt }: Rule): Times {
  if (cron === null) return once(at)
  if (!isInterval(cron)) return cronTimes(cron, timezone)
  const [anchor, first] = startAt === null ? [anchorAt, 1 as const] : [startAt, 0 as const]
  return intervalTimes(parseInterval(cron), wholeSecond(anchor), first)
}

const once = (at: number | null): Times => ({
  next: after => (at !== null && at > after ? at : null),
  upTo: until => (at !== null && at <= until ? [at] : []),
})
