import { wholeSecond } from './whole-second.ts'
import { instantOf, offsetAt, wallAt } from './zone.ts'

const local = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/
const absolute = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i

/**
 * An ISO time as milliseconds since 1970, in whole seconds; null where it is none. Without an offset it is a time of the
 * zone's wall clock.
 */
export function parseTime(text: string, zone: string): number | null {
  const isLocal = local.test(text)
  const ms = isLocal ? Date.parse(`${text.replace(' ', 'T')}Z`) : absolute.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) return null
  return isLocal ? instantOf(zone, wholeSecond(ms)) : wholeSecond(ms)
}

/** An instant as the zone's wall clock shows it, with its offset: `2026-03-29T03:00:00+02:00`. */
export function localTime(instant: number, zone: string): string {
  const minutes = Math.round(offsetAt(zone, instant) / 60_000)
  const sign = minutes < 0 ? '-' : '+'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  const offset = `${sign}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
  return new Date(wallAt(zone, instant)).toISOString().replace(/\.\d+Z$/, offset)
}
