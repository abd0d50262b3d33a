// All fires of a rule by brute force, without the code under test and without croner.

const minute = 60_000
const quarter = 15 * minute

/** The offset as the tz database's own words have it, such as GMT+05:30. */
function offsetReader(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', hour: 'numeric' })
  return instant => {
    const name = format.formatToParts(instant).find(part => part.type === 'timeZoneName')?.value ?? ''
    const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? []
    return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -minute : minute)
  }
}

/**
 * Looks at every minute of a zone in [from, to), which begins and ends far from any change of its clock, and returns what
 * lists all times at which a rule of five fields is to fire there.
 */
export function everyFireOf(zone: string, from: number, to: number): (rule: string) => number[] {
  const offset = offsetReader(zone)
  const firstShown = new Map<number, number>()
  for (let at = from; at < to; at += quarter) {
    const same = offset(at) === offset(at + quarter - minute)
    const known = offset(at)
    for (let now = at; now < at + quarter; now += minute) {
      const wall = now + (same ? known : offset(now))
      if (!firstShown.has(wall)) firstShown.set(wall, now)
    }
  }
  const [first, last] = [from + offset(from), to - minute + offset(to - minute)]
  return rule => {
    const fires = new Set<number>()
    for (const wall of wallsOf(rule, first, last)) {
      let shown = wall
      while (!firstShown.has(shown)) shown += minute
      fires.add(firstShown.get(shown) ?? Number.NaN)
    }
    return [...fires].sort((a, b) => a - b)
  }
}

/** Every wall time that the rule means, in order. */
function* wallsOf(rule: string, first: number, last: number): Iterable<number> {
  const [minutes = '', hours = '', days = '', months = '', weekdays = ''] = rule.split(' ')
  const isMinute = setOf(minutes, 0, 59)
  const isHour = setOf(hours, 0, 23)
  const isDay = setOf(days, 1, 31)
  const isMonth = setOf(months, 1, 12)
  const isWeekday = setOf(weekdays, 0, 6)
  for (let day = first - (first % 86_400_000); day <= last; day += 86_400_000) {
    const date = new Date(day)
    if (!isMonth.has(date.getUTCMonth() + 1)) continue
    const [byDay, byWeekday] = [isDay.has(date.getUTCDate()), isWeekday.has(date.getUTCDay())]
    // Where both are given, either will do.
    if (days !== '*' && weekdays !== '*' ? !byDay && !byWeekday : !byDay || !byWeekday) continue
    for (const hour of isHour) {
      for (const each of isMinute) {
        const wall = day + hour * 3_600_000 + each * minute
        if (wall >= first && wall <= last) yield wall
      }
    }
  }
}

function setOf(field: string, min: number, max: number): Set<number> {
  const values = new Set<number>()
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/')
    const [low = min, high = range === '*' ? max : low] = range === '*' ? [min, max] : range.split('-').map(Number)
    for (let value = low; value <= high; value += Number(step)) values.add(value)
  }
  return values
}
