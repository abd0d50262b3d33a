import { nextFire } from './rule/rule.ts'
import type { Schedule } from './schedule.ts'

type Needs = Parameters<typeof nextFire>[0] & Pick<Schedule, 'id' | 'jitterSeconds'>

export type NextFire = Pick<Schedule, 'nextFireAt' | 'nextDueAt'>

/** The first time of the rule after an instant, and when it is due. */
export function nextFireOf(schedule: Needs, after: number): NextFire {
  const nextFireAt = nextFire(schedule, after)
  return { nextFireAt, nextDueAt: nextFireAt === null ? null : dueAt(schedule, nextFireAt) }
}

/**
 * When an occurrence is to fire: its time, and up to the jitter later, by a number that follows from the schedule and that
 * time, so that every process has the same. It is always before the next time of the rule.
 */
export function dueAt(schedule: Needs, fireAt: number): number {
  if (schedule.jitterSeconds === 0) return fireAt
  const next = nextFire(schedule, fireAt)
  const room = next === null ? Number.POSITIVE_INFINITY : next - fireAt
  return fireAt + Math.floor(fraction(`${schedule.id} ${fireAt}`) * Math.min(schedule.jitterSeconds * 1_000, room))
}

/** A number from 0 to below 1 that follows from a text, evenly spread. */
function fraction(text: string): number {
  const digest = new Bun.CryptoHasher('sha256').update(text).digest()
  return digest.readUIntBE(0, 6) / 2 ** 48
}
