import { eq } from 'drizzle-orm'
import type { AuditAction } from '../audit/action.ts'
import { audit } from '../audit/audit.ts'
import type { Actor } from '../context.ts'
import { AppError } from '../errors.ts'
import { queueTime } from '../queue/time.ts'
import type { ScheduleContext } from './create-schedule.ts'
import { nextFireFrom, noNext } from './next-after-change.ts'
import { selectSchedule } from './read-schedule.ts'
import { type Schedule, statusOf } from './schedule.ts'
import { lockSchedule, readNow } from './sql/lock-schedule.ts'

/** Changes a schedule while nobody fires it. @throws AppError not_found, and what `change` throws */
export async function changeSchedule(
  app: ScheduleContext,
  actor: Actor,
  { id, action }: { id: string; action: AuditAction },
  change: (schedule: Schedule, now: number) => Partial<Schedule>,
): Promise<Schedule> {
  const changed = await app.database.transaction(async tx => {
    await lockSchedule(tx, id)
    const schedule = await selectSchedule(tx, actor, id)
    const now = await readNow(tx, queueTime(tx, app.clock))
    const changes = { ...change(schedule, now), updatedAt: now }
    const { schedules } = tx.tables
    await tx.orm.update(schedules).set(changes).where(eq(schedules.id, id)).returning({ id: schedules.id })
    const after = { ...schedule, ...changes }
    const details = { agent: after.agent, changed: changedFields(schedule, after) }
    await audit(tx, actor, { action, target: { type: 'schedule', id }, details }, now)
    return after
  })
  app.emit('audit.recorded', { action })
  app.wakeScheduler()
  return changed
}

/** Names of what an operator sets; not its values, which may be long. */
const changedFields = (before: Schedule, after: Schedule): string[] =>
  Object.entries(after).flatMap(([name, value]) =>
    name === 'updatedAt' || Bun.deepEquals(Object.entries(before).find(([field]) => field === name)?.[1], value)
      ? []
      : [name],
  )

/** Stops it until it is resumed. What is due meanwhile is not made up for. Idempotent. @throws AppError not_found, conflict */
export const pauseSchedule = (app: ScheduleContext, actor: Actor, id: string): Promise<Schedule> =>
  changeSchedule(app, actor, { id, action: 'schedule.paused' }, (schedule, now) => {
    refuseRemoved(schedule)
    return { pausedAt: schedule.pausedAt ?? now, ...noNext }
  })

/** From now on it fires again. Idempotent. @throws AppError not_found, conflict */
export const resumeSchedule = (app: ScheduleContext, actor: Actor, id: string): Promise<Schedule> =>
  changeSchedule(app, actor, { id, action: 'schedule.resumed' }, (schedule, now) => {
    refuseRemoved(schedule)
    return schedule.pausedAt === null ? {} : { pausedAt: null, ...nextFireFrom(schedule, now) }
  })

export function refuseRemoved(schedule: Schedule): void {
  if (statusOf(schedule) === 'removed') {
    throw new AppError('conflict', `Schedule ${schedule.id} is no longer in its agent file.`)
  }
}

export function refuseFromFile(schedule: Schedule): void {
  if (schedule.source === 'file') {
    const message = `Schedule ${schedule.id} is defined in an agent file. It can be paused, resumed and triggered over the API.`
    throw new AppError('conflict', message)
  }
}
