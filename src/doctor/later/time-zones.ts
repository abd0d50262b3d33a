import { area, type Finding } from '../start/finding.ts'

const report = area('time zones')

/** Minutes that a zone's clock is ahead of UTC at an instant. */
export type OffsetOf = (zone: string, at: number) => number

/** What no edition of the tz database has had otherwise for decades. */
const old = [
  ['Europe/Berlin', '2026-03-29T00:59:59Z', 60],
  ['Europe/Berlin', '2026-03-29T01:00:00Z', 120],
  ['America/New_York', '2026-11-01T05:59:59Z', -240],
  ['America/New_York', '2026-11-01T06:00:00Z', -300],
  ['Australia/Lord_Howe', '2026-01-15T00:00:00Z', 660],
] as const

/** What governments changed lately, with the edition that knows it first. */
const recent = [
  ['America/Mexico_City', '2026-07-01T00:00:00Z', -360, '2022f'],
  ['Asia/Almaty', '2026-07-01T00:00:00Z', 300, '2024a'],
  ['America/Asuncion', '2026-07-01T00:00:00Z', -180, '2024b'],
] as const

/** Whether the clocks of schedules jump when those of people do. */
export function checkTimeZones(offsetOf: OffsetOf = byIntl): Finding[] {
  const wrong = old.find(([zone, at, minutes]) => offsetOf(zone, Date.parse(at)) !== minutes)
  if (wrong) {
    const [zone, at] = wrong
    const text = `the rules of ${zone} are not known for ${at}`
    return [report.fail(text, 'Use a build of Bun with all of ICU: schedules of that zone fire at wrong times.')]
  }
  const missing = recent.find(([zone, at, minutes]) => offsetOf(zone, Date.parse(at)) !== minutes)
  if (!missing) return [report.ok('the rules of known zones are as they should be')]
  const [zone, , , edition] = missing
  const text = `the rules are older than edition ${edition} of the tz database: those of ${zone} have changed since`
  return [report.warn(text, 'Use a newer version: schedules of that zone fire at wrong times.')]
}

function byIntl(zone: string, at: number): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
}
