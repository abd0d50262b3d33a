// The clock on a zone's wall and the instants behind it. A wall time is written as the milliseconds of the instant at which
// UTC shows it, so that it can be counted with.
import { wholeSecond } from './whole-second.ts'

/** Further than any zone is from UTC. */
const reachMs = 15 * 3_600_000

const formats = new Map<string, Intl.DateTimeFormat>()

/** @throws RangeError for a zone that the tz database does not have */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(zone, format)
  return format
}

export function isZone(zone: string): boolean {
  try {
    formatOf(zone)
    return true
  } catch {
    return false
  }
}

/** How far a zone's wall clock is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(zone: string, instant: number): number {
  if (zone === 'UTC') return 0
  const shown = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0 }
  for (const { type, value } of formatOf(zone).formatToParts(instant)) {
    if (type in shown) shown[type as keyof typeof shown] = Number(value) // it is one of its keys
  }
  const { year, month, day, hour, minute, second } = shown
  return Date.UTC(year, month - 1, day, hour, minute, second) - wholeSecond(instant)
}

export const wallAt = (zone: string, instant: number): number => instant + offsetAt(zone, instant)

/**
 * The one instant that stands for a wall time: the first of two where the clock is set back over it, and the instant
 * after the gap where the clock is set forward over it.
 */
export function instantOf(zone: string, wall: number): number {
  const before = offsetAt(zone, wall - reachMs)
  const after = offsetAt(zone, wall + reachMs)
  // No zone changes its clock twice within two days, only to have it as it was.
  if (before === after) return wall - before
  const instants = [wall - before, wall - after].filter(instant => wallAt(zone, instant) === wall)
  return instants.length > 0 ? Math.min(...instants) : endOfGap(zone, wall - after, wall - before)
}

/** The first instant of the new offset: the clock is set forward in (`from`, `to`]. */
function endOfGap(zone: string, from: number, to: number): number {
  const old = offsetAt(zone, from)
  let [low, high] = [from, to]
  while (high - low > 1_000) {
    const middle = wholeSecond(low + (high - low) / 2)
    if (offsetAt(zone, middle) === old) low = middle
    else high = middle
  }
  return high
}

/** The latest wall time that was shown up to an instant: after the clock was set back, later than what it shows. */
export function latestWall(zone: string, instant: number): number {
  const setBack = offsetAt(zone, instant - 2 * reachMs) - offsetAt(zone, instant)
  return wallAt(zone, instant) + Math.max(0, setBack)
}
