import { Cron } from 'croner'
import { RuleError, type Times } from './times.ts'
import { wholeSecond } from './whole-second.ts'
import { instantOf, latestWall, wallAt } from './zone.ts'

const keptAtMost = 1_000
const patterns = new Map<string, Cron>()

/**
 * Times of a cron expression of five or six fields, or of a nickname such as `@daily`. The expression is about the clock
 * on the wall: croner counts as if there were only UTC, and each wall time it finds stands for exactly one instant. So
 * every kind of expression has the same rule for a clock that is set, which croner itself has not.
 * @throws RuleError
 */
export function cronTimes(expression: string, zone: string): Times {
  const pattern = patternOf(expression)
  return {
    next(after) {
      let wall = wholeSecond(wallAt(zone, after))
      for (;;) {
        const next = pattern.nextRun(new Date(wall))
        if (!next) return null
        wall = next.getTime()
        const instant = instantOf(zone, wall)
        // One that the clock has shown a second time stands for its first.
        if (instant > after) return instant
      }
    },
    *upTo(until) {
      let wall = wholeSecond(latestWall(zone, until)) + 1_000
      let last = Number.POSITIVE_INFINITY
      for (;;) {
        const [previous] = pattern.previousRuns(1, new Date(wall))
        if (!previous) return
        wall = previous.getTime()
        const instant = instantOf(zone, wall)
        // All that fall into one gap are one.
        if (instant <= until && instant < last) yield instant
        last = instant
      }
    },
  }
}

function patternOf(expression: string): Cron {
  const known = patterns.get(expression)
  if (known) return known
  const pattern = parse(expression.trim())
  if (patterns.size >= keptAtMost) patterns.clear()
  patterns.set(expression, pattern)
  return pattern
}

function parse(expression: string): Cron {
  // Croner would take a date for a rule that fires once.
  if (!/^@[a-z]+$/i.test(expression) && !/^\S+(\s+\S+){4,5}$/.test(expression)) {
    throw new RuleError('Give five fields (minute, hour, day, month, weekday), six with seconds first, or @daily.')
  }
  try {
    return new Cron(expression, { mode: '5-or-6-parts', utcOffset: 0 })
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
    throw new RuleError(`This is no cron expression: ${reason}`)
  }
}
