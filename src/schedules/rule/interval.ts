import { RuleError, type Times } from './times.ts'

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const form = /^@every\s+((?:\d+[smhdw])+)$/i
const longestMs = 366 * unitMs.d

export const isInterval = (expression: string): boolean => /^@every\b/i.test(expression.trim())

/** `@every 1h30m` in milliseconds. @throws RuleError */
export function parseInterval(expression: string): number {
  const amounts = form.exec(expression.trim())?.[1]
  if (amounts === undefined) throw new RuleError('Write an interval as @every 90s, @every 15m or @every 1h30m.')
  let ms = 0
  for (const [, count, unit] of amounts.toLowerCase().matchAll(/(\d+)([smhdw])/g)) {
    ms += Number(count) * unitMs[unit as keyof typeof unitMs] // the expression lets no other unit through
  }
  if (ms < 1_000 || ms > longestMs) throw new RuleError('An interval is from one second to 366 days long.')
  return ms
}

/** Every `everyMs` from the anchor on, by a clock that nobody sets. `first`: counted from 0, whether the anchor is one. */
export function intervalTimes(everyMs: number, anchor: number, first: 0 | 1): Times {
  const time = (count: number) => anchor + count * everyMs
  return {
    next: after => time(Math.max(first, Math.floor((after - anchor) / everyMs) + 1)),
    *upTo(until) {
      for (let count = Math.floor((until - anchor) / everyMs); count >= first; count--) yield time(count)
    },
  }
}
