import { dueAt, type NextFire, nextFireOf } from './next-fire.ts'
import { latestFires } from './rule/rule.ts'
import type { Schedule } from './schedule.ts'

/** What is late by no more is not missed: a restart, a busy database. */
const graceMs = 60_000

/** Missed occurrences that are written down after one sleep: the latest ones. */
const missedKept = 20

export interface FirePlan {
  /** Times to fire now, in order. */
  fires: number[]
  /** Times that are given up, in order; after a long sleep only the latest ones. */
  missed: number[]
  next: NextFire
}

/** What a schedule whose time has come does at `now`, by its policy for what it has slept through. */
export function planFires(schedule: Schedule, now: number): FirePlan {
  const { nextFireAt, catchUp, catchUpLimit } = schedule
  if (nextFireAt === null) return { fires: [], missed: [], next: { nextFireAt: null, nextDueAt: null } }
  // More than a minute holds, so that a list that was cut off begins with what is late.
  const limit = Math.max(catchUp === 'all' ? catchUpLimit : 0, graceMs / 1_000) + missedKept + 2
  const times = latestFires(schedule, { after: nextFireAt - 1, until: now, limit })
  const dues = new Map(times.map(time => [time, dueAt(schedule, time)]))
  const late = (time: number) => now - (dues.get(time) ?? time)
  // Its jitter keeps the last one.
  const waiting = times.findLast(time => late(time) < 0)
  const due = times.filter(time => late(time) >= 0)

  const fires = chosen(schedule, due, late)
  return {
    fires,
    missed: due.filter(time => !fires.includes(time)).slice(-missedKept),
    next:
      waiting === undefined
        ? nextFireOf(schedule, Math.max(now, times.at(-1) ?? now))
        : { nextFireAt: waiting, nextDueAt: dues.get(waiting) ?? waiting },
  }
}

function chosen(schedule: Schedule, due: number[], late: (time: number) => number): number[] {
  const { catchUp, catchUpLimit, catchUpMaxAgeSeconds: maxAge } = schedule
  const [first] = due
  // Nobody has slept: a rule may be faster than the scheduler.
  if (first === undefined || late(first) <= graceMs) return due
  const last = due.slice(-1)
  const oldestMs = maxAge === null ? Number.POSITIVE_INFINITY : Math.max(maxAge * 1_000, graceMs)
  switch (catchUp) {
    case 'skip':
      return last.filter(time => late(time) <= graceMs)
    case 'one':
      return last.filter(time => late(time) <= oldestMs)
    case 'all':
      return due.filter(time => late(time) <= oldestMs).slice(-catchUpLimit)
  }
}
